public import HTTPTypes

/// An answer for the web server.
///
/// ```swift
/// var response = Response(text: "Not here.", status: .notFound)
/// response.headerFields[.cacheControl] = "no-store"
/// ```
public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status
    /// The header fields without `Content-Length`, which is written from the body.
    public var headerFields: ResponseFields
    /// The content.
    public var body: [UInt8]
    /// The time for which the answer is held back, by a server that needs no thread for that and has room.
    public var delay = Duration.zero
    /// The moment before which the answer would tell something by its time; `nil` for none. A server keeps more room
    /// for such answers, and a CGI run waits.
    public var earliest: ContinuousClock.Instant?

    /// Makes an answer that is not held back.
    public init(status: HTTPResponse.Status, headerFields: ResponseFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }

    /// The answer as a CGI response (RFC 3875, section 6): `Status`, the header fields, an empty line, the content.
    ///
    /// `Content-Length` is the content's exact length, also for `HEAD`, whose content is left out. A status that allows
    /// no content (RFC 9110, section 8.6) has neither.
    ///
    /// - Parameter variables: the meta-variables of the request that is answered.
    public func cgiOutput(for variables: MetaVariables) -> [UInt8] {
        cgiOutput(for: variables["REQUEST_METHOD"].flatMap { HTTPRequest.Method(rawValue: $0) })
    }

    /// The same by the method of the request alone.
    public func cgiOutput(for method: HTTPRequest.Method?) -> [UInt8] {
        let allowsContent = status.code >= 200 && status.code != 204 && status.code != 304
        var output: [UInt8] = []
        output.reserveCapacity(headerFields.lines.count + body.count + 128)
        output.appendLine("Status: \(status.code) \(status.reasonPhrase)")
        output.append(contentsOf: headerFields.lines)
        if allowsContent { output.appendLine("Content-Length: \(body.count)") }
        output.append(contentsOf: "\r\n".utf8)
        if allowsContent && method != .head { output.append(contentsOf: body) }
        return output
    }
}
