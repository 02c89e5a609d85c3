import HTTP
import Testing

struct PublicURLTests {
    @Test(arguments: [
        ("https://auth.example.org", "https://auth.example.org"),
        ("HTTPS://Auth.Example.ORG:443/", "https://auth.example.org"),
        ("https://localhost:8443", "https://localhost:8443"),
        ("https://auth.example.org:080", "https://auth.example.org:80"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://192.0.2.7:8443", "https://192.0.2.7:8443"),
        ("https://[2001:DB8:0:0::1]:443", "https://[2001:db8::1]"),
        ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://app.localhost:8080", "http://app.localhost:8080"),
        ("http://127.0.0.53:8080", "http://127.0.0.53:8080"),
        ("http://[0:0::1]", "http://[::1]"),
    ])
    func `an address has one normal form`(text: String, normal: String) {
        #expect(PublicURL(text)?.description == normal)
    }

    @Test(arguments: [
        "", "https://", "https:///", "auth.example.org", "//auth.example.org", "ftp://auth.example.org",
        "https:/a.example",
        // In clear text to another machine.
        "http://auth.example.org", "http://192.0.2.7", "http://[::2]", "http://localhost.example", "http://128.0.0.1",
        "http://127.example.org",
        // More than scheme, host and port.
        "https://a.example/login", "https://a.example//", "https://a.example?", "https://a.example/#",
        "https://u@a.example",
        "https://u:p@a.example", "https://a.example\\b",
        // Ports.
        "https://a.example:", "https://a.example:0", "https://a.example:65536", "https://a.example:+1",
        "https://a.example:1:2", "https://a.example:443a", "https://[::1]443",
        // Hosts.
        "https://a..example", "https://.example", "https://a.example.", "https://-a.example", "https://a-.example",
        "https://a_b.example", "https://*.example", "https://bücher.example", "https://a example", " https://a.example",
        "https://a.example\n", "https://127.1", "https://2130706433", "https://a.0x7f", "https://a.7",
        "https://1.2.3.256",
        "https://[::1", "https://::1", "https://[127.0.0.1]", "https://[fe80::1%25eth0]", "https://[a.example]",
        "https://[]",
        "https://a.%65xample", "https://" + String(repeating: "a", count: 64) + ".example",
        "https://" + String(repeating: "a.", count: 127) + "example",
    ])
    func `anything else is not one`(text: String) {
        #expect(PublicURL(text) == nil)
    }

    @Test func `a long text is refused before it is looked at`() {
        #expect(PublicURL("https://" + String(repeating: "e\u{301}", count: 1_000_000)) == nil)
        #expect(PublicURL("https://" + String(repeating: ":", count: 1_000_000)) == nil)
    }
}
