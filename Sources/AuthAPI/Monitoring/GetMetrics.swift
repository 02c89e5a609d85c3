import HTTP
import HTTPTypes
import Identity
import JSON

extension Endpoint {
    static let prometheusMetrics = Endpoint(
        .get, "/metrics", .open, id: "getMetrics", in: .operation, "Read metrics for Prometheus", notInCGI,
        response: DescribedAnswer(
            "The text format 0.0.4.", .string, mediaType: PrometheusText.mediaType,
            example: """
                # HELP postern_http_requests_total Requests answered.
                # TYPE postern_http_requests_total counter
                postern_http_requests_total{method="POST",route="/auth/login",status="200"} 12

                """),
        problems: [.notFound]
    ) { api, call in
        let metrics = try api.requireMetrics()
        var output = PrometheusText()
        output.write(metrics)
        output.write(api.service.hashing)
        output.write(metrics.status())
        output.write(api.service.store.commitFigures)
        do throws(StoreError) {
            try output.write(metrics, api.service.store)
        } catch {
            // The other figures matter most when the store does not answer.
            _ = api.problem(AuthenticationError.store(error), requestID: call.id)
        }
        return Response(
            status: .ok, headerFields: [.contentType: PrometheusText.mediaType], body: Array(output.text.utf8))
    }

    static let servingStatus = Endpoint(
        .get, "/status", .open, id: "getStatus", in: .operation, "Read the state of workers, connections and hashing",
        notInCGI, answer: "The process at this moment.", problems: [.notFound]
    ) { api, _ in ShownStatus(serving: try api.requireMetrics().status(), hashing: api.service.hashing) }
}

private let notInCGI = "Not available under CGI, where each request starts a process."

extension AuthAPI {
    /// The counters. A process that answers one request only has none, and not these paths.
    fileprivate func requireMetrics() throws(Problem) -> Metrics {
        guard let metrics else { throw .notFound }
        return metrics
    }
}

/// The process at a moment, as `GET /status` shows it.
private struct ShownStatus: Shaped {
    let serving: ServingStatus
    let hashing: HashingStatus

    static let shape = Shape<ShownStatus>("Status") {
        Member("version", "0.1.0") { $0.serving.version }
        Member("started_at", Example.moment) { $0.serving.startedAt }
        Member("workers", Workers.shape.example) { Workers(server: $0.serving.server) }
        Member("connections", Connections.shape.example) { Connections(server: $0.serving.server) }
        Member("hashing", Hashing.shape.example) { Hashing(status: $0.hashing) }
    }

    struct Workers: Shaped {
        let server: ServerStatus?

        static let shape = Shape<Workers> {
            Member("threads", 50, "Threads that answer requests.") { $0.server?.threads ?? 0 }
            Member("in_hand", 1, "Requests being read or answered.") { $0.server?.inHand ?? 0 }
        }
    }

    struct Connections: Shaped {
        let server: ServerStatus?

        static let shape = Shape<Connections> {
            Member("idle", 16, "Without a request.") { $0.server?.idle ?? 0 }
            Member("incomplete", 0, "With a request that has come in part.") { $0.server?.incomplete ?? 0 }
            Member("accepted", 230, "Taken since the start.") { $0.server?.accepted ?? 0 }
        }
    }

    struct Hashing: Shaped {
        let status: HashingStatus

        static let shape = Shape<Hashing> {
            Member("slots", 2, "Hashes computed at once.") { $0.status.concurrency }
            Member("running", 2, "Being computed.") { $0.status.running }
            Member("line", 32, "The most that may wait.") { $0.status.queueLength }
            Member("waiting", 5, "Waiting.") { $0.status.waiting }
            Member("computed", 8120, "Since the start.") { $0.status.computed }
            Member("refused", 0, "Since the start, because too many were waiting.") { $0.status.refused }
        }
    }
}
