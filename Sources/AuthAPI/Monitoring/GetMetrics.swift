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
        let status = metrics.status()
        output.write(status)
        output.write(api.service.store.commitFigures)
        do throws(StoreError) {
            try output.write(metrics, api.service.store, hasBackups: status.database == nil)
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
