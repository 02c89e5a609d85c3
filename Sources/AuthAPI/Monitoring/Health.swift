import HTTP
import Identity
import JSON

extension AuthAPI {
    /// `GET /health/live`: the process answers.
    func live(_: Exchange) -> Response {
        Response(json: ["status": "ok"])
    }

    /// `GET /health/ready`: the store answers and can be written.
    func ready(_: Exchange) throws -> Response {
        do throws(StoreError) {
            try service.store.checkReadiness()
        } catch {
            throw AuthenticationError.store(error)
        }
        return Response(json: ["status": "ok"])
    }
}
