import Cryptography
import Foundation
import Identity
import TestSupport
import Testing

/// A person that adds second factors to an account.
struct Enrolment {
    /// A generator whose set-up has begun.
    struct Begun {
        let id: String
        let totp: TOTP
        let body: (String) -> String
        /// The bodies that confirm it, and that do not.
        let right, wrong: String
    }

    let installation: TestInstallation
    let person: Person

    init(_ installation: TestInstallation, _ person: Person) {
        self.installation = installation
        self.person = person
    }

    func call(_ method: String, _ path: String, _ body: String? = nil) -> TestAnswer {
        installation.call(method, path, body, token: person.session)
    }

    /// Begins the set-up of a generator.
    func begin() throws -> Begun {
        let answer = call("POST", "/account/factor/totp")
        try #require(answer.status == 201, "\(answer.body)")
        let id = try #require(answer.string("id"))
        let secret = try Self.bytes(try #require(answer.string("secret")))
        let totp = try #require(TOTP(secret: Secret(secret)))
        let code = try Self.code(of: totp, at: installation.clock.now)
        func body(_ code: String) -> String { #"{"id": "\#(id)", "code": "\#(code)"}"# }
        return Begun(
            id: id, totp: totp, body: body, right: body(code),
            wrong: body(code == "123456" ? "654321" : "123456"))
    }

    /// Adds a generator.
    func addGenerator() throws -> (id: String, totp: TOTP, recoveryCodes: [String]?) {
        let begun = try begin()
        let answer = call("POST", "/account/factor/totp/confirm", begun.right)
        try #require(answer.status == 200, "\(answer.body)")
        return (begun.id, begun.totp, answer.object["recovery_codes"] as? [String])
    }

    /// The body that is a key's answer to options.
    func answer(
        of key: SoftwareAuthenticator, to usage: WebAuthn.Usage, name: String? = nil
    ) throws -> String {
        let options = call("POST", "/account/factor/passkey/options", #"{"usage": "\#(usage.rawValue)"}"#)
        try #require(options.status == 200, "\(options.body)")
        let challenge = try #require(options.string("challenge"))
        let credential = String(
            decoding: try key.registration(challenge: try #require(Base64.decode(Array(challenge.utf8)[...], .url))),
            as: UTF8.self)
        let name = name.map { #", "name": "\#($0)""# } ?? ""
        return #"{"credential": \#(credential)\#(name)}"#
    }

    /// Adds a key.
    @discardableResult
    func addKey(_ key: SoftwareAuthenticator, usage: WebAuthn.Usage = .passkey) throws -> TestAnswer {
        call("POST", "/account/factor/passkey", try answer(of: key, to: usage))
    }

    /// Fills the account up with factors, past the API.
    func fill() throws {
        let connection = try installation.connection()
        let account = Int64(bitPattern: person.account.id.rawValue)
        let most = (try connection.number("SELECT count(*) FROM factor WHERE account_id = \(account)") ?? 0)
        for number in most..<12 {
            try connection.execute(
                "INSERT INTO factor (id, account_id, kind, name, created_at) VALUES (\(number + 1), \(account), "
                    + "'totp', 'F', 0)")
        }
    }

    static func code(of totp: TOTP, at moment: Timestamp) throws -> String {
        String(decoding: try totp.code(TOTP.step(at: moment.secondsSince1970)), as: UTF8.self)
    }

    /// The bytes of a text in Base32.
    static func bytes(_ text: String) throws -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var (bits, count, bytes) = (0, 0, [UInt8]())
        for digit in text.utf8 {
            (bits, count) = (bits << 5 & 0xFFF | (try #require(digits.firstIndex(of: digit))), count + 5)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count & 255))
            }
        }
        return bytes
    }
}
