import Gateway
import Identity

extension AuthAPI {
    /// `GET /health/live`: the process answers.
    func live(_: Exchange) -> Response {
        Response(json: ["status": "ok"])
    }

    /// `GET /health/ready`: the store answers and can be written.
    func ready(_: Exchange) throws(EndpointError) -> Response {
        do throws(StoreError) {
            try service.store.checkReadiness()
        } catch {
            throw .operation(.store(error))
        }
        return Response(json: ["status": "ok"])
    }
}
