import HTTP
import HTTPTypes
import Identity
import Logging

extension AuthAPI {
    /// The identifier of a request: the caller's, where it is 1 to 64 of `A-Za-z0-9._-`, else a new one.
    static func requestID(_ given: String?) -> String {
        if let given, isRequestID(given) { return given }
        return "\(RequestID.next())"
    }

    /// The problem to answer an error with. What the caller is not told goes into the log.
    func problem(_ error: any Error, requestID: String) -> Problem {
        if let problem = error as? Problem { return problem }
        guard let error = error as? AuthenticationError else {
            logger.error("unexpected: \(error)", metadata: ["id": "\(requestID)"])
            return .internalError
        }
        switch error {
        case .store(let cause):
            metrics?.count(cause)
            logger.error("store: \(cause)", metadata: ["id": "\(requestID)"])
        case .cryptography(let reason): logger.error("cryptography: \(reason)", metadata: ["id": "\(requestID)"])
        case .invalidCredentials(_, let account?), .wrongPresentPassword(_, let account?):
            logger.error(
                "a password hash cannot be checked: reset the password, or link libraries that have its algorithm",
                metadata: ["id": "\(requestID)", "account": "\(account)"])
        case .overloaded: logger.warning("the line for hashing is full", metadata: ["id": "\(requestID)"])
        case .tooManyLists: logger.warning("the line for lists is full", metadata: ["id": "\(requestID)"])
        default: break
        }
        return Problem(error)
    }

    /// Warns of a program that does not say for whom it acts.
    func warnOfUnknownClient(_ exchange: Exchange) throws(AuthenticationError) {
        guard try service.shouldWarnOfUnknownClient(exchange.caller), let principal = exchange.caller.principal else {
            return
        }
        logger.warning(
            "a program does not say for whom it acts: give its token client-address, and send X-Client-Address",
            metadata: ["id": "\(exchange.id)", "token": "\(principal.credentialID)"])
    }

    /// Writes the request's line. It names credentials by their identifiers, and holds no query, header field or body.
    ///
    /// - Parameter throttled: the counter that refused it.
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

    /// Writes the line of what could not be read as a request.
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

    private static func isRequestID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
                default: false
                }
            }
    }

    /// A text from outside as one word of printable ASCII, at most 256 bytes: nobody can write a line of their own into
    /// the log.
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
