import HTTP
import HTTPTypes
import Identity
import JSON

// The problems with requests, from any caller.
extension Problem {
    static let notFound = Problem(.notFound, "There is nothing at this path.")

    static let internalError = Problem(.internal, "Something went wrong. The log has the request's id.")

    static let notStarted = Problem(.unavailable, "The service could not start. Its log says why.")

    static let invalidClientAddress = Problem(.invalidRequest, "X-Client-Address is not a valid IP address.")

    static let mediaType = Problem(.unsupportedMediaType, "The body must be application/json.")

    static let organizationNotNamed = Problem.invalidQuery([
        InputFault("org", .required, "There are several organizations: name the one in which the role is held.")
    ])

    static func methodNotAllowed(allow: String) -> Problem {
        Problem(.methodNotAllowed, "The path has only the methods \(allow).", headerFields: [.allow: allow])
    }

    static func invalidInput(_ faults: [InputFault]) -> Problem {
        Problem(.invalidRequest, "The body has \(faults.count == 1 ? "a fault" : "faults").", faults: .body(faults))
    }

    static func invalidQuery(_ faults: [InputFault]) -> Problem {
        Problem(.invalidRequest, "The query has \(faults.count == 1 ? "a fault" : "faults").", faults: .query(faults))
    }

    /// A body that is not a JSON object.
    init(_ error: JSONBodyError) {
        switch error {
        case .malformed(let error): self.init(.malformedJSON, error.detail(of: "body"))
        case .notAnObject: self = .invalidInput([InputFault("", .wrongType, "The body must be a JSON object.")])
        }
    }

    /// A query that can't be read.
    init(_ error: URLEncodedError) {
        switch error {
        case .tooLong(let limit): self.init(.invalidRequest, "The query is longer than \(limit) bytes.")
        case .malformed, .tooManyFields, .repeatedField:
            self.init(.invalidRequest, "The query is not percent-encoded UTF-8.")
        }
    }

    /// A body that did not arrive as a whole; `nil` for one that did.
    init?(_ arrival: RequestBody.Arrival, limit: Int) {
        switch arrival {
        case .complete: return nil
        case .tooLarge: self.init(.payloadTooLarge, "The body is larger than \(limit) bytes.")
        case .truncated: self.init(.invalidRequest, "The body is shorter than its Content-Length.")
        }
    }

    init(_ fault: MalformedRequest) {
        switch fault {
        case .method: self.init(.invalidRequest, "The request has no valid method.")
        case .target: self.init(.invalidRequest, "The request has no valid target.")
        case .contentLength: self.init(.invalidRequest, "Content-Length is no number.")
        case .repeatedField(let name): self.init(.invalidRequest, "The field \(name) may stand only once.")
        }
    }
}
