import HTTP
import Testing

struct HostAndPortTests {
    @Test(
        arguments: [
            ("auth.example", "auth.example", nil), ("AUTH.example:443", "auth.example", 443), ("x:", "x", nil),
            ("x:0", "x", 0), ("x:65535", "x", 65535), ("192.0.2.1:80", "192.0.2.1", 80), ("[::1]", "[::1]", nil),
            ("[2001:DB8::1]:8443", "[2001:db8::1]", 8443), ("bücher.example", "bücher.example", nil),
        ] as [(String, String, UInt16?)])
    func `a host and a port are read`(_ text: String, _ host: String, _ port: UInt16?) throws {
        let read = try #require(HostAndPort(text))
        #expect(read.host == host)
        #expect(read.port == port)
    }

    @Test(arguments: [
        "", ":80", "x:65536", "x:+1", "x:8 0", "x:80:80", "x:http", "a b", "a/b", "a@b", "ann:pw@b", "a?b", "a#b",
        "[::1",
        "[]x", "[::1]80", "[::1]:x", "[g::]", "::1", "a\\b", "a\u{0}b", "a\tb", "x:٤٤٣",
    ])
    func `anything else is none`(_ text: String) {
        #expect(HostAndPort(text) == nil)
    }
}
