public import HTTPTypes
import System

// Answers other than JSON.
extension Response {
    /// Makes an answer of text.
    ///
    /// - Parameter type: the media type.
    public init(text: String, type: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok) {
        self.init(status: status, headerFields: [.contentType: type], body: Array(text.utf8))
    }

    /// Makes an answer that leads a browser elsewhere.
    ///
    /// - Parameters:
    ///   - location: the address, absolute or relative to the request's (RFC 9110, section 10.2.2).
    ///   - status: 303, at which a browser goes on with `GET` whatever it sent; 307 and 308 keep the method and the
    ///     body.
    public init(redirect location: String, status: HTTPResponse.Status = .seeOther) {
        self.init(status: status, headerFields: [.location: location])
    }

    /// Makes an answer that leads a browser to a page which shows an error, for a route that people reach by a link and
    /// that has no program to read a problem.
    ///
    /// - Parameters:
    ///   - page: the address of the page, without a query.
    ///   - code: the code of the problem, as `error` in the query.
    ///   - requestID: the request's identifier, as `request_id` in the query, by which the log tells more.
    public init(failurePage page: String, error code: String, requestID: String) {
        let query = "error=\(PercentEncoding.encode(code))&request_id=\(PercentEncoding.encode(requestID))"
        self.init(redirect: "\(page)?\(query)")
    }
}
