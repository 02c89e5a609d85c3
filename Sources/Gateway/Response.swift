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
        Self.append("Status: \(head.status.code) \(head.status.reasonPhrase)", to: &output)
        for field in head.headerFields where field.name != .contentLength {
            output.append(contentsOf: field.name.rawName.utf8)
            output.append(contentsOf: ": ".utf8)
            Self.append(field.value, to: &output)
        }
        if allowsContent { Self.append("Content-Length: \(body.count)", to: &output) }
        output.append(contentsOf: "\r\n".utf8)
        if allowsContent && method != .head { output.append(contentsOf: body) }
        return output
    }

    /// Adds a line, without characters that could make another of it.
    private static func append(_ text: String, to output: inout [UInt8]) {
        let start = output.endIndex
        output.append(contentsOf: text.utf8)
        if output[start...].contains(where: isControl) {
            output.removeSubrange(start...)
            output.append(contentsOf: text.utf8.filter { $0 >= 0x20 && $0 != 0x7F })
        }
        output.append(contentsOf: "\r\n".utf8)
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }
}
