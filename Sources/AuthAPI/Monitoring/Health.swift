import HTTP
import HTTPTypes
import Identity
import JSON

extension Endpoint {
    static let live = Endpoint(
        .get, "/health/live", .open, id: "isLive", in: .operation, "Check that the process answers",
        answer: "The process answers."
    ) { _, _ in Healthy() }

    static let ready = Endpoint(
        .get, "/health/ready", .open, id: "isReady", in: .operation,
        "Check that the database can be read and written", answer: "It can."
    ) { api, _ in
        do throws(StoreError) {
            try api.service.store.checkReadiness()
        } catch {
            throw AuthenticationError.store(error)
        }
        return Healthy()
    }
}

private struct Healthy: Shaped {
    static let shape = Shape<Healthy> { Member("status", "ok", schema: .constant("ok")) { _ in "ok" } }
}
