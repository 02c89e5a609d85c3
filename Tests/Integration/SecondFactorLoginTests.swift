import Cryptography
import Foundation
import TestSupport
import Testing

extension Integration {
    struct SecondFactorLoginTests {
        /// The text of bytes in SQLite's SQL.
        private func blob(_ bytes: [UInt8]) -> String { "x'" + bytes.map { String(format: "%02x", $0) }.joined() + "'" }

        @Test func `separate processes take the steps of a login, as CGI and as a responder`() throws {
            let deployment = try Deployment(
                serves: false, settings: ["POSTERN_PUBLIC_URL": "https://auth.example.test"])
            try deployment.createAccount("ann@example.test")
            let key = try SoftwareAuthenticator()
            let handle = try OpenSSLRandomSource().bytes(64)
            try deployment.execute(
                """
                UPDATE account SET user_handle = \(blob(handle)), factors = 4 WHERE email = 'ann@example.test';
                INSERT INTO factor (id, account_id, kind, name, created_at, credential_id, public_key, signature_count,
                    transports, backup_eligible, backed_up)
                SELECT 1, id, 'security_key', 'key', 1, \(blob(key.credentialID)), \(blob(try key.coseKey())), 0,
                    'usb', 0, 0 FROM account WHERE email = 'ann@example.test';
                """)
            try deployment.serve()
            let ways: [Deployment.Way] = [.cgi, .responder]
            for (first, second) in [(ways[0], ways[0]), (ways[0], ways[1]), (ways[1], ways[0])] {
                let begun = try deployment.request(
                    "POST", "/auth/login", bearer: deployment.token,
                    body: Deployment.registration("ann@example.test", password: Deployment.password), by: first)
                #expect(begun.status == 401)
                let token = try #require(begun.object["login_token"] as? String)
                let options = try deployment.request(
                    "POST", "/auth/login/second-factor/options", bearer: deployment.token,
                    body: #"{"login_token": "\#(token)"}"#, by: second)
                #expect(options.status == 200)
                let text = try #require(options.object["challenge"] as? String)
                let challenge = try #require(Base64.decode(Array(text.utf8)[...], .url))
                let credential = String(
                    decoding: try key.assertion(challenge: challenge, userHandle: handle), as: UTF8.self)
                let body = #"{"login_token": "\#(token)", "method": "passkey", "credential": \#(credential)}"#
                let answers = try [first, second].map { way in
                    try deployment.request(
                        "POST", "/auth/login/second-factor", bearer: deployment.token, body: body, by: way)
                }
                #expect(answers.map(\.status) == [200, 401])
                #expect(answers[1].object["code"] as? String == "login_expired")
                let cookie = try #require(answers[0].values("set-cookie").first).prefix { $0 != ";" }
                let session = String(cookie.drop { $0 != "=" }.dropFirst())
                #expect(try deployment.status(of: session, by: second) == 200)
            }
            #expect(try deployment.count("session") == 3)
            #expect(try deployment.count("pending_login") == 0)
        }
    }
}
