import Foundation
import Identity
import TestSupport
import Testing

/// Texts whose normalization takes quadratic time, wherever a client may send one.
struct HostileTextTests {
    /// The combining marks are in an order that normalization has to turn around.
    private static func marks(_ bytes: Int) -> String {
        String(repeating: "\u{301}", count: bytes / 4) + String(repeating: "\u{316}", count: bytes / 4)
    }

    /// As many bytes that are in order.
    private static func letters(_ bytes: Int) -> String { String(repeating: "é", count: bytes / 2) }

    /// A request in which a text stands.
    struct Place: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: Int
        let call: @Sendable (TestInstallation, String) -> TestAnswer
    }

    private static func body(_ name: String, _ path: String, _ body: @escaping @Sendable (String) -> String) -> Place {
        Place(testDescription: "\(name) of \(path)", bytes: 16_000) { $0.post(path, body($1)) }
    }

    private static func field(_ name: String) -> Place {
        Place(testDescription: name, bytes: 8000) { installation, text in
            installation.call(
                "POST", "/auth/logout", "{}",
                fields: ["Cookie": "__Host-postern_session=x"].merging([name: text]) { $1 })
        }
    }

    private static func query(_ name: String, _ path: String) -> Place {
        Place(testDescription: "\(name) of \(path)", bytes: 1300) { installation, text in
            let encoded = text.utf8.map { "%\(String($0, radix: 16))" }.joined()
            return installation.get("\(path)?\(name)\(encoded)", installation.adminToken)
        }
    }

    private static let places: [Place] = [
        body("the address", "/auth/login") { #"{"email": "\#($0)", "password": "x"}"# },
        body("the password", "/auth/login") { #"{"email": "a@b", "password": "\#($0)"}"# },
        body("the address", "/auth/register") { #"{"email": "a\#($0)@b", "password": "northern lights"}"# },
        body("the password", "/auth/register") { #"{"email": "a@b", "password": "\#($0)"}"# },
        body("the name", "/auth/register") { #"{"email": "@", "password": "", "name": "\#($0)"}"# },
        body("a role", "/auth/register") { #"{"email": "@", "password": "", "roles": ["\#($0)"]}"# },
        body("the default role", "/app/organization") { #"{"default_role": "\#($0)"}"# },
        body("the expression", "/app/organization") { #"{"email_regex": "\#($0)"}"# },
        body("the display name", "/app/organization") { #"{"display_name": "\#($0)"}"# },
        body("a scope", "/account/token") { #"{"name": "", "scopes": ["\#($0)"]}"# },
        body("the end", "/account/token") { #"{"name": "", "scopes": [], "valid_until": "\#($0)"}"# },
        body("the account", "/app/user") { #"{"account_id": "\#($0)"}"# },
        body("the state", "/account/acct_0000000000000000") { #"{"state": "\#($0)"}"# },
        body("a name of a member", "/auth/login") { #"{"\#($0)": 1}"# },
        field("Origin"), field("Sec-Fetch-Site"), field("Host"), field("X-Org"), field("Authorization"),
        field("Cookie"),
        field("X-Request-Id"), field("Content-Type"),
        query("", "/account"), query("email=", "/account"), query("state=", "/account"), query("type=", "/app/audit"),
        query("actor=", "/app/audit"), query("since=", "/app/audit"), query("after=", "/account"),
        query("org=", "/auth/verify"), query("role=", "/auth/verify"),
        Place(testDescription: "the path", bytes: 8000) { $0.get("/\($1)", $0.adminToken) },
    ]

    @Test(arguments: places)
    func `marks in the worst order take no longer than letters`(_ place: Place) throws {
        let installation = try TestInstallation()
        func fastest(_ text: String) -> Duration {
            (0..<5).map { _ in processorTime { _ = place.call(installation, text) } }.min() ?? .zero
        }
        let letters = fastest(Self.letters(place.bytes))
        let marks = fastest(Self.marks(place.bytes))
        // Without a bound, 16,000 bytes of marks took 70 ms more, 8,000 bytes 20 ms, and 1,300 some 0.5 ms a name.
        #expect(marks < letters * 3 + .milliseconds(3), "\(marks) in place of \(letters)")
    }
}
