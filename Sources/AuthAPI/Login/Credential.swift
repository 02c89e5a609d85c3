public import HTTP
import HTTPTypes
import Identity

/// The credential of a request, which may be malformed. Of two only the first in this order counts.
enum Credential: Equatable {
    /// A bearer token in an `Authorization` field (RFC 6750, section 2.1).
    case bearer(String)
    /// A session token in the cookie.
    case cookie(String)
    /// Neither: nothing, or a credential of another scheme.
    case none

    init(of request: Request, _ cookie: Cookie) {
        if let token = request.headerFields[.authorization].flatMap(Self.bearerToken) {
            self = .bearer(token)
        } else if let token = request.token(in: cookie, of: [.session, .login, .device]) {
            self = .cookie(token)
        } else {
            self = .none
        }
    }

    /// The token, whichever way it came.
    var token: String? {
        switch self {
        case .bearer(let token), .cookie(let token): token
        case .none: nil
        }
    }

    /// The bearer token in the value of an `Authorization` field; `nil` if its scheme is another.
    static func bearerToken(in field: String) -> String? {
        let scheme = "bearer".utf8
        let space = UInt8(ascii: " ")
        var field = field
        return field.withUTF8 { field in
            // In ASCII the bit tells the cases apart, and letters of a scheme are nothing else with it set.
            guard unsafe field.prefix(scheme.count).elementsEqual(scheme, by: { $0 | 0x20 == $1 }) else { return nil }
            let rest = unsafe field.dropFirst(scheme.count)
            guard unsafe rest.isEmpty || rest.first == space else { return nil }
            return unsafe String(decoding: rest.drop { $0 == space }, as: UTF8.self)
        }
    }
}

extension Request {
    /// The session token in the cookie; `nil` if there is none, or its value is not a session token.
    func sessionToken(_ cookie: Cookie) -> String? { token(in: cookie, of: [.session]) }

    /// The token in a cookie, of whichever kind it is; `nil` if there is none of these. Those that are no credentials
    /// are refused as one.
    fileprivate func token(in cookie: Cookie, of kinds: [BearerToken.Kind]) -> String? {
        cookie.value(in: self).flatMap { value in
            kinds.contains { value.utf8.starts(with: $0.rawValue.utf8) } ? value : nil
        }
    }
}

extension Cookie {
    /// The cookie that carries a session token.
    ///
    /// - Parameter maxAge: the lifetime of a session, in seconds.
    public static func session(isSecure: Bool = true, maxAge: Int64) -> Cookie {
        Cookie("postern_session", isSecure: isSecure, maxAge: maxAge)
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name(known: "X-Request-Id")
    static let organization = HTTPField.Name(known: "X-Org")
    static let clientAddress = HTTPField.Name(known: "X-Client-Address")
}
