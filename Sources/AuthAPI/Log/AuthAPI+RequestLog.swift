import HTTP
import HTTPTypes
import Identity
import Logging

extension AuthAPI {
    /// Logs a request. The line names credentials by their identifiers, and holds no query, header field or body.
    ///
    /// - Parameter throttled: the counter that refused the request.
    func log(
        _ exchange: Exchange, _ response: Response, throttled: ThrottleCounter.Name?, after duration: Duration
    ) {
        guard logger.logLevel <= .info else { return }
        let request = exchange.request
        var metadata = Self.metadata(
            id: exchange.id, method: request.method.rawValue, path: request.path, client: request.remoteAddress,
            response, duration)
        if let principal = exchange.caller.principal {
            metadata["account"] = "\(principal.account)"
            metadata[principal.isSession ? "session" : "token"] = "\(principal.credentialID)"
        }
        if let throttled { metadata["throttled"] = "\(throttled.rawValue)" }
        logger.info("request", metadata: metadata)
    }

    /// Logs a request that could not be read.
    func log(
        _ fault: MalformedRequest, in variables: MetaVariables, id: String, _ response: Response,
        after duration: Duration
    ) {
        let target = variables["REQUEST_URI"] ?? variables["PATH_INFO"] ?? variables["SCRIPT_NAME"] ?? ""
        var metadata = Self.metadata(
            id: id, method: variables["REQUEST_METHOD"] ?? "", path: Request.split(target).path,
            client: variables["REMOTE_ADDR"] ?? "", response, duration)
        metadata["fault"] = "\(fault)"
        logger.info("request", metadata: metadata)
    }

    private static func metadata(
        id: String, method: String, path: String, client: String, _ response: Response, _ duration: Duration
    ) -> Logger.Metadata {
        [
            "id": "\(id)", "method": "\(printable(method))", "path": "\(printable(path))",
            "status": "\(response.status.code)", "ms": "\(milliseconds(duration))",
            "client": "\(printable(client))",
        ]
    }

    /// A text from outside as one word of printable ASCII of at most 256 bytes, so that no client can write a line of
    /// its own into the log.
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
