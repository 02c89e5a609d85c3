import HTTP
import HTTPTypes
import Identity
import Logging

extension AuthAPI {
    /// Logs a request. The line names credentials by their identifiers, and holds no query, header field or body.
    ///
    /// - Parameter problem: the problem that it was answered with; `nil` for a success.
    func log(_ exchange: Exchange, _ response: Response, _ problem: Problem?, after duration: Duration) {
        guard logger.logLevel <= .info else { return }
        let (request, caller) = (exchange.request, exchange.caller)
        var fields = Self.fields(
            id: exchange.id, method: request.method.rawValue, path: request.path, client: caller.address, response,
            duration)
        // A program acts for a client that it names.
        if caller.address != request.remoteAddress { fields["peer"] = .string(Self.bounded(request.remoteAddress)) }
        if let principal = caller.principal {
            fields["account"] = .string(principal.account.description)
            fields[principal.isSession ? "session" : "token"] = .string(principal.credentialID.description)
        }
        if let problem { Self.add(problem, to: &fields) }
        logger.info("request", metadata: fields)
    }

    /// Logs a request that could not be read.
    func log(
        _ fault: MalformedRequest, in variables: MetaVariables, id: String, _ response: Response, _ problem: Problem,
        after duration: Duration
    ) {
        guard logger.logLevel <= .info else { return }
        let target = variables["REQUEST_URI"] ?? variables["PATH_INFO"] ?? variables["SCRIPT_NAME"] ?? ""
        var fields = Self.fields(
            id: id, method: variables["REQUEST_METHOD"] ?? "", path: Request.split(target).path,
            client: variables["REMOTE_ADDR"] ?? "", response, duration)
        fields["fault"] = "\(fault)"
        Self.add(problem, to: &fields)
        logger.info("request", metadata: fields)
    }

    private static func fields(
        id: String, method: String, path: String, client: String, _ response: Response, _ duration: Duration
    ) -> Logger.Metadata {
        // Room for those of refusals too: to grow costs more than all of them.
        var fields = Logger.Metadata(minimumCapacity: 12)
        fields["id"] = .string(id)
        fields["method"] = .string(bounded(method))
        fields["path"] = .string(withoutTokens(bounded(path)))
        fields["status"] = .stringConvertible(response.status.code)
        fields["ms"] = .string(milliseconds(duration))
        // A CGI run by hand has none.
        if !client.isEmpty { fields["client"] = .string(bounded(client)) }
        return fields
    }

    /// Adds the reason for an error answer: its code, and for 401, 403 and 429 the cause behind it.
    private static func add(_ problem: Problem, to fields: inout Logger.Metadata) {
        fields["code"] = .string(problem.code.rawValue)
        if let throttled = problem.throttled { fields["throttled"] = .string(throttled.rawValue) }
        // The details of these are the program's own words, with names of roles and scopes. Those of other problems
        // may quote the request.
        let isForbidden = problem.code.status == .forbidden
        if let reason = problem.reason ?? (isForbidden ? problem.detail : nil) { fields["reason"] = .string(reason) }
    }

    /// A path up to the first text in it that begins as a token does: who names a token where its hash belongs would
    /// leave it in the log.
    private static func withoutTokens(_ path: String) -> String {
        guard path.utf8.contains(where: { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "%") }) else { return path }
        let bytes = Array(path.utf8)
        guard let start = bytes.indices.first(where: { beginsToken(bytes[$0...]) }) else { return path }
        return String(decoding: bytes[..<start], as: UTF8.self) + "(token)"
    }

    /// Tells whether a text begins as a token does, also if its underscore is percent-encoded.
    private static func beginsToken(_ text: ArraySlice<UInt8>) -> Bool {
        BearerToken.Kind.allCases.contains { kind in
            let name = kind.rawValue.utf8.dropLast()
            let rest = text.dropFirst(name.count)
            return text.starts(with: name)
                && (rest.first == UInt8(ascii: "_") || rest.starts(with: "%5F".utf8) || rest.starts(with: "%5f".utf8))
        }
    }

    /// A text from outside, of at most 256 bytes. The log's writer escapes what could pass for another line or field.
    static func bounded(_ text: String) -> String {
        text.utf8.count <= 256 ? text : String(decoding: text.utf8.prefix(256), as: UTF8.self)
    }

    /// A text from outside as one word of printable ASCII of at most 256 bytes, which can stand in a message.
    static func printable(_ text: String) -> String {
        var output = ""
        for byte in text.utf8.prefix(256) {
            if (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\\") {
                output.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                output += (byte < 0x10 ? "\\x0" : "\\x") + String(byte, radix: 16)
            }
        }
        return output
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = seconds * 10_000 + attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
