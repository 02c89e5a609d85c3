import FastCGI
import Testing

@Suite struct ListenAddressTests {
    @Test func readsEachForm() throws {
        #expect(try ListenAddress("unix:/run/a.sock") == .unix(path: "/run/a.sock", mode: 0o660, group: nil))
        #expect(
            try ListenAddress("unix:/a", socketMode: 0o600, socketGroup: "www")
                == .unix(path: "/a", mode: 0o600, group: "www"))
        #expect(try ListenAddress("127.0.0.1:9000") == .tcp(host: "127.0.0.1", port: 9000))
        #expect(try ListenAddress("[::1]:65535") == .tcp(host: "::1", port: 65535))
        #expect(try ListenAddress("localhost:1") == .tcp(host: "localhost", port: 1))
        #expect(try ListenAddress("fd:3") == .inherited(descriptor: 3))
    }

    @Test(arguments: ["unix:/run/a.sock", "127.0.0.1:9000", "[::1]:9000", "fd:0"])
    func writesWhatItReads(text: String) throws {
        #expect(try ListenAddress(text).description == text)
    }

    @Test(arguments: [
        ("", ListenAddressError.form("")), ("9000", .form("9000")), (":9000", .form(":9000")),
        ("[]:9000", .form("[]:9000")), ("[a]:9000", .form("[a]:9000")), ("/run/a", .form("/run/a")),
        ("::1:9000", .bareIPv6("::1:9000")), ("a:b", .port("a:b")), ("a:0", .port("a:0")),
        ("a:65536", .port("a:65536")), ("a:-1", .port("a:-1")), ("unix:a", .relativePath("unix:a")),
        ("unix:/a/", .relativePath("unix:/a/")), ("unix:", .relativePath("unix:")), ("fd:", .descriptor("fd:")),
        ("fd:-1", .descriptor("fd:-1")), ("unix:/a\0b", .relativePath("unix:/a\0b")),
    ])
    func refusesWhatIsNone(text: String, error: ListenAddressError) {
        #expect(throws: error) { try ListenAddress(text) }
        #expect(!error.description.isEmpty)
    }
}
