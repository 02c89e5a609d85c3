public import HTTPTypes

/// An answer on its way to the web server.
public struct Response: Sendable {
    /// Status and header fields, without `Content-Length`: that is written from the body.
    public var head: HTTPResponse
    /// The content.
    public var body: [UInt8]

    /// Makes an answer from its parts.
    public init(status: HTTPResponse.Status, headerFields: HTTPFields = [:], body: [UInt8] = []) {
        self.head = HTTPResponse(status: status, headerFields: headerFields)
        self.body = body
    }

    /// The answer as a CGI response (RFC 3875, section 6): a `Status` line, header fields, an empty line, the content.
    ///
    /// `Content-Length` is the content's exact length and is there for `HEAD` too, whose content is left out. A status
    /// that allows no content (RFC 9110, section 8.6) has neither. Whatever a field's value holds, it stays one line.
    ///
    /// - Parameter method: the method of the request that is answered.
    public func cgiOutput(for method: HTTPRequest.Method?) -> [UInt8] {
        let allowsContent = head.status.code >= 200 && head.status.code != 204 && head.status.code != 304
        var output: [UInt8] = []
        output.reserveCapacity(384 + body.count)
        output.append(contentsOf: "Status: \(head.status.code) \(Self.oneLine(head.status.reasonPhrase))\r\n".utf8)
        for field in head.headerFields where field.name != .contentLength {
            output.append(contentsOf: field.name.rawName.utf8)
            output.append(contentsOf: ": ".utf8)
            output.append(contentsOf: Self.oneLine(field.value).utf8)
            output.append(contentsOf: "\r\n".utf8)
        }
        if allowsContent { output.append(contentsOf: "Content-Length: \(body.count)\r\n".utf8) }
        output.append(contentsOf: "\r\n".utf8)
        if allowsContent && method != .head { output.append(contentsOf: body) }
        return output
    }

    private static func oneLine(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        return isPlain ? text : String(decoding: text.utf8.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
    }
}
