import Foundation
import TestSupport
import Testing

/// From which pages a request by the cookie alone is accepted, and for which host it is made.
struct OriginTests {
    let installation: TestInstallation
    let session: String

    init() throws {
        installation = try TestInstallation()
        session = try installation.person("ann").session
    }

    /// The status of a request that changes something.
    private func status(
        _ origin: String?, site: String? = nil, host: String? = "auth.example", variables: [String: String] = [:]
    ) -> Int {
        var fields = ["Cookie": "__Host-postern_session=\(session)"]
        fields["Origin"] = origin
        fields["Sec-Fetch-Site"] = site
        let answer = installation.call(
            "DELETE", "/account/session", fields: fields,
            variables: variables.merging(["HTTP_HOST": host ?? ""]) { given, _ in given })
        #expect(answer.code == (answer.status == 403 ? "cross_origin" : nil))
        return answer.status
    }

    @Test func `a page that tells no origin is the own one where the browser says so, and only there`() {
        #expect(status("null", site: "same-origin") == 200)
        for site in [nil, "none", "cross-site", "same-site", "Same-Origin", "null"] {
            #expect(status("null", site: site) == 403, "\(site ?? "-")")
        }
        #expect(status("NULL", site: "same-origin") == 403)
        #expect(status("null", site: "same-origin", host: nil) == 200)
    }

    @Test(arguments: [
        ("https://auth.example", "auth.example:443"), ("https://auth.example:443", "auth.example"),
        ("https://AUTH.example", "Auth.Example:443"), ("https://auth.example:8443", "auth.example:8443"),
        ("HTTPS://auth.example", "auth.example"), ("https://[2001:db8::1]", "[2001:DB8::1]:443"),
        ("https://auth.example", "auth.example:"),
    ])
    func `an origin is compared as scheme, host and port`(_ origin: String, _ host: String) {
        #expect(status(origin, host: host) == 200)
        #expect(status(origin, site: "same-origin", host: host) == 200)
        #expect(status(origin, site: "cross-site", host: host) == 403)
    }

    @Test(arguments: [
        ("https://auth.example", "auth.example:80"), ("https://auth.example:80", "auth.example"),
        ("http://auth.example", "auth.example"), ("http://auth.example:443", "auth.example:443"),
        ("https://auth.example", "auth.example:8443"), ("https://auth.example:8443", "auth.example:443"),
        ("https://auth.example.evil.example", "auth.example"), ("https://auth.example@evil.example", "auth.example"),
        ("https://evil.example", "auth.example"), ("https://auth.example/", "auth.example"),
        ("https://auth.example, https://auth.example", "auth.example"), ("auth.example", "auth.example"),
        ("https:auth.example", "auth.example"), ("https://", "auth.example"), ("", "auth.example"),
        ("https://auth.example\u{1}", "auth.example"), ("file://auth.example", "auth.example"),
        ("https://auth.example", "ann@auth.example"), ("https://auth.example", "auth.example:x"),
    ])
    func `any other origin is another one`(_ origin: String, _ host: String) {
        #expect(status(origin, host: host) == 403)
    }

    @Test func `behind something that speaks TLS for it the server may be asked in clear text`() {
        let clear = ["HTTPS": "", "REQUEST_SCHEME": "http"]
        for origin in ["https://auth.example", "http://auth.example", "http://auth.example:80"] {
            #expect(status(origin, variables: clear) == 200, "\(origin)")
        }
        #expect(status("https://auth.example:80", variables: clear) == 403)
        #expect(status("https://auth.example", host: "auth.example:8080", variables: clear) == 403)
    }

    @Test func `without a Host field, as with HTTP/3, the server's own name counts`() {
        func status(_ origin: String, _ name: String, _ port: String? = nil, host: String? = nil) -> Int {
            var variables = ["SERVER_NAME": name]
            variables["SERVER_PORT"] = port
            return self.status(origin, host: host, variables: variables)
        }
        #expect(status("https://auth.example", "auth.example") == 200)
        #expect(status("https://auth.example", "auth.example", "443") == 200)
        #expect(status("https://auth.example:8443", "auth.example", "8443") == 200)
        #expect(status("https://[::1]", "::1", "443") == 200)
        #expect(status("https://auth.example", "auth.example", "8443") == 403)
        #expect(status("https://auth.example", "_") == 403)
        #expect(status("https://evil.example", "auth.example") == 403)
        // Only there.
        #expect(status("https://auth.example", "auth.example", host: "evil.example") == 403)
        #expect(self.status("https://auth.example", host: nil) == 403)
    }

    // MARK: The absolute form of a target

    @Test(arguments: ["http", "https", "HTTP", "HttpS"])
    func `a target in absolute form is the same request`(_ scheme: String) throws {
        func call(_ method: String, _ path: String, token: String?, body: String? = nil) -> TestAnswer {
            installation.call(
                method, "", body, token: token, variables: ["REQUEST_URI": "\(scheme)://auth.example/api/v1\(path)"])
        }
        #expect(call("GET", "/health/live", token: nil).status == 200)
        #expect(call("GET", "/account/me", token: session).body == installation.get("/account/me", session).body)
        #expect(call("GET", "/auth/verify?role=AppOwner", token: session).status == 403)
        let body = TestInstallation.credentials(TestInstallation.ownerEmail, TestInstallation.ownerPassword)
        #expect(call("POST", "/auth/login", token: installation.adminToken, body: body).status == 200)
        #expect(call("GET", "/nowhere", token: nil).status == 404)
    }

    @Test(arguments: [
        "ftp://auth.example/api/v1/health/live", "http://ann@auth.example/api/v1/health/live",
        "http:///api/v1/health/live", "http:/api/v1/health/live", "http://a b/api/v1/health/live", "*",
        "auth.example:443", "",
    ])
    func `another form, or one with user information, is refused`(_ target: String) {
        #expect(installation.call("GET", "", variables: ["REQUEST_URI": target]).code == "invalid_request")
    }

    @Test func `the host in the target goes before the Host field`() {
        func status(_ origin: String, _ target: String, host: String) -> Int {
            let uri = ["REQUEST_URI": "\(target)/api/v1/account/session"]
            return self.status(origin, host: host, variables: uri)
        }
        #expect(status("https://auth.example", "https://auth.example", host: "evil.example") == 200)
        #expect(status("https://auth.example", "http://auth.example", host: "evil.example") == 200)
        #expect(status("https://evil.example", "https://auth.example", host: "evil.example") == 403)
    }
}
