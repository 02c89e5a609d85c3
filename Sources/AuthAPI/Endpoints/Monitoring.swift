import Gateway
import HTTPTypes
import Identity

/// What operators watch. A process that answers one request only, as in CGI, has nothing to tell, and not these paths.
extension AuthAPI {
    /// `GET /metrics`: figures for Prometheus.
    func prometheusMetrics(_ exchange: Exchange) throws -> Response {
        guard let metrics else { throw Problem.notFound }
        var output = PrometheusText()
        output.write(metrics)
        output.write(service.hashing)
        output.write(metrics.status())
        do throws(StoreError) {
            let count = try metrics.sessions(in: service.store)
            output.figure("postern_sessions", .gauge, "Sessions in the store.", count)
        } catch {
            // The other figures are wanted most of all where the store does not answer.
            _ = problem(AuthenticationError.store(error), requestID: exchange.id)
        }
        return Response(
            status: .ok, headerFields: [.contentType: PrometheusText.mediaType], body: Array(output.text.utf8))
    }

    /// `GET /status`: what the process is doing now.
    func servingStatus(_: Exchange) throws -> Response {
        guard let metrics else { throw Problem.notFound }
        let status = metrics.status()
        let hashing = service.hashing
        return Response(json: [
            "version": .string(status.version),
            "started_at": .string("\(status.startedAt)"),
            "workers": [
                "threads": .number(status.server?.threads ?? 0),
                "in_hand": .number(status.server?.inHand ?? 0),
            ],
            "connections": [
                "idle": .number(status.server?.idle ?? 0),
                "incomplete": .number(status.server?.incomplete ?? 0),
                "accepted": .number(status.server?.accepted ?? 0),
            ],
            "hashing": [
                "slots": .number(hashing.concurrency),
                "running": .number(hashing.running),
                "line": .number(hashing.queueLength),
                "waiting": .number(hashing.waiting),
                "computed": .number(hashing.computed),
                "refused": .number(hashing.refused),
            ],
        ])
    }
}
