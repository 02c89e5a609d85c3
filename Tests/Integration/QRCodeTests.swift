import Cryptography
import Foundation
import System
import Testing

@testable import postern

/// QR codes, held against those of qrencode 4.1.1 (`qrencode -8 -l M -m 0 -t ASCII`).
struct QRCodeTests {
    private static let uri =
        "otpauth://totp/auth.example.test:ann%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        + "&issuer=auth.example.test&algorithm=SHA1&digits=6&period=30"

    /// The text, the side, and the SHA-256 of the rows, dark modules being 1.
    private static let known: [(text: String, size: Int, digest: String)] = [
        (
            "postern", 21,
            "f8d24221ca987dde468ac11f09b5c5a82bda1035f840007c67e70051615606d5"
        ),
        (
            String(repeating: "a", count: 14), 21,
            "6b14175a1f5ae22284c9d22be18fe65e94f1fd6f20bf5c08792b2659630a6d6d"
        ),
        (
            String(repeating: "a", count: 15), 25,
            "c29ab8e36af944d7c00b6aad0cc95fd34faca41f09198ba46d69956f1f75dfac"
        ),
        (
            String(repeating: "b", count: 100), 41,
            "0339ecfa2cbd2d4dd62c239a45874f00991125274b1e455e72c25afe07707245"
        ),
        (
            String(repeating: "c", count: 122), 45,
            "748cdf6e18bd43728879964d1108aba6b0e1f809cfe6577f7abeffd9ae612573"
        ),
        (
            uri, 49,
            "8cf01aab7cd3d907344df8d13943f3093311697187463585218b2e523bae20b6"
        ),
        (
            String(repeating: "d", count: 213), 57,
            "3a594c930770a919a9c56da0b70e9cb76bd8e0ee8d6af7f6fb29f1964f3c2c9d"
        ),
        (
            String(repeating: "e", count: 214), 61,
            "47ced208dee4fb3039e8c7aa9f3287b6913266d1d2d816c44ef7791be6a26404"
        ),
        (
            String(repeating: "f", count: 400), 77,
            "67fe20c1aeddfb37b84b0210232b8cdfd8540525769c089cdd07a4d0f6d0451f"
        ),
        (
            String(repeating: "g", count: 666), 97,
            "8d13dca7fcdeb78848687d71703c3037a746137297f943f430677651e0ee9ce2"
        ),
    ]

    private static func digest(_ matrix: QRMatrix) -> String {
        let rows = (0..<matrix.size).map { row in
            (0..<matrix.size).map { matrix[$0, row] ? "1" : "0" }.joined()
        }
        return Hex.encode(SHA256.digest(of: rows.joined(separator: "\n")))
    }

    @Test(arguments: known.indices)
    func `a code is that of qrencode with the same mask`(_ index: Int) throws {
        let (text, size, digest) = Self.known[index]
        let version = try #require(QRVersion(holding: text.utf8.count))
        #expect(version.size == size)
        var matrix = QRMatrix(version)
        matrix.fill(version.codewords(of: Array(text.utf8)))
        #expect((0..<8).contains { Self.digest(matrix.masked(by: $0)) == digest })
    }

    @Test func `the mask is the one with the least penalty`() throws {
        let code = try #require(QRCode(Self.uri))
        let version = try #require(QRVersion(holding: Self.uri.utf8.count))
        var matrix = QRMatrix(version)
        matrix.fill(version.codewords(of: Array(Self.uri.utf8)))
        #expect((0..<8).map { matrix.masked(by: $0).penalty }.min() == code.matrix.penalty)
        #expect(Set((0..<8).map { matrix.masked(by: $0).penalty }).count > 1)
    }

    @Test func `there is none for more than 666 bytes`() {
        #expect(QRCode(String(repeating: "x", count: 666)) != nil)
        #expect(QRCode(String(repeating: "x", count: 667)) == nil)
    }

    @Test func `a terminal gets it with a quiet zone, two modules to a line`() throws {
        let lines = try #require(QRCode("postern")).text.split(separator: "\n")
        #expect(lines.count == 15)
        #expect(lines.allSatisfy { $0.count == 29 })
        #expect(lines[0] == String(repeating: "█", count: 29)[...])
        // The first two rows of the finder patterns in both corners.
        #expect(lines[2].hasPrefix("████ ▄▄▄▄▄ ") && lines[2].hasSuffix(" ▄▄▄▄▄ ████"))
    }

    /// A picture of what a terminal shows, dark where it shows nothing: a portable bitmap with eight dots to a module.
    private static func bitmap(of text: String) -> String {
        let rows = text.split(separator: "\n").flatMap { line in
            ["█▀", "█▄"].map { light in line.map { light.contains($0) ? "0" : "1" } }
        }
        let dots = rows.flatMap { row in
            Array(repeating: row.map { String(repeating: $0, count: 8) }.joined(), count: 8)
        }
        // No line may be longer than 70 characters.
        let digits = dots.map { $0.map(String.init).joined(separator: "\n") }.joined(separator: "\n")
        return "P1\n\(dots[0].count) \(dots.count)\n\(digits)\n"
    }

    @Test func `a scanner reads what a terminal shows`() throws {
        let folder = try ScratchFolder()
        for text in [Self.uri, "postern", String(repeating: "g", count: 666)] {
            let shown = try #require(QRCode(text)).text
            try Self.bitmap(of: shown).write(toFile: folder.path("code.pbm"), atomically: false, encoding: .utf8)
            let read = try run("zbarimg", ["--quiet", "--raw", folder.path("code.pbm")])
            #expect(read.status == 0 && read.text == text + "\n", "\(read.errors)")
        }
    }
}
