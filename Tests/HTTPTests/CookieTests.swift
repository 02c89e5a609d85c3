import HTTP
import Testing

struct CookieTests {
    private let cookie = Cookie("id", maxAge: 60)

    private func value(_ field: String) throws -> String? {
        var body = ArrayBody("")
        let variables: MetaVariables = ["REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_COOKIE": field]
        return cookie.value(in: try Request(variables, body: &body, bodyLimit: 0))
    }

    @Test func `a secure cookie is bound to its host, and lives as long as it is said`() {
        #expect(cookie.setting("x") == "__Host-id=x; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60")
        #expect(cookie.clearing == "__Host-id=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
        let plain = Cookie("id", isSecure: false, maxAge: 60)
        #expect(plain.setting("x") == "id=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60")
    }

    @Test(arguments: [
        ("__Host-id=x", "x"), ("a=b; __Host-id=x; c=d", "x"), ("a=b;\t__Host-id=x", "x"), ("__Host-id=x=y", "x=y"),
        ("__Host-id=; __Host-id=x", ""), ("__Host-id=x; __Host-id=y", "x"), ("id=x", nil), ("__Host-idx=x", nil),
        ("__Host-id", nil), ("a=__Host-id=x", nil), ("", nil), ("; ;", nil),
    ])
    func `the first cookie of the name counts`(_ field: String, _ expected: String?) throws {
        #expect(try value(field) == expected)
    }
}
