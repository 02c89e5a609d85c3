import Foundation
import Testing

@testable import Cryptography

struct OneTimeCodeTests {
    /// The secret of both RFCs.
    private static let secret = "12345678901234567890"

    private func totp() throws -> TOTP {
        try #require(TOTP(secret: Secret(Array(Self.secret.utf8))))
    }

    @Test(
        "HOTP: RFC 4226, appendix D",
        arguments: [
            (0, 1_284_755_224, "755224"), (1, 1_094_287_082, "287082"), (2, 137_359_152, "359152"),
            (3, 1_726_969_429, "969429"), (4, 1_640_338_314, "338314"), (5, 868_254_676, "254676"),
            (6, 1_918_287_922, "287922"), (7, 82_162_583, "162583"), (8, 673_399_871, "399871"),
            (9, 645_520_489, "520489"),
        ] as [(UInt64, UInt32, String)])
    func counter(counter: UInt64, number: UInt32, code: String) throws {
        let secret = Secret(Array(Self.secret.utf8))
        #expect(try OneTimeCode.number(counter, secret: secret) == number)
        #expect(String(decoding: OneTimeCode.digits(number, count: 6), as: UTF8.self) == code)
    }

    @Test(
        "TOTP: RFC 6238, appendix B",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ] as [(Int64, String)])
    func time(moment: Int64, code: String) throws {
        let number = try OneTimeCode.number(
            UInt64(TOTP.step(at: moment)), secret: Secret(Array(Self.secret.utf8)))
        #expect(String(decoding: OneTimeCode.digits(number, count: 8), as: UTF8.self) == code)
        #expect(try totp().step(of: String(code.suffix(6)), at: moment) == moment / 30)
    }

    @Test func `the step before, the present one and the next count, and no other`() throws {
        let totp = try totp()
        let now: Int64 = 1_234_567_890
        for difference in -3...3 as ClosedRange<Int64> {
            let step = TOTP.step(at: now) + difference
            let code = String(decoding: try totp.code(step), as: UTF8.self)
            #expect(try totp.step(of: code, at: now) == ((-1...1).contains(difference) ? step : nil))
        }
    }

    @Test func `a step lasts from its first second to its last`() throws {
        let totp = try totp()
        let code = String(decoding: try totp.code(100), as: UTF8.self)
        #expect(try totp.step(of: code, at: 99 * 30) == 100 && totp.step(of: code, at: 99 * 30 - 1) == nil)
        #expect(try totp.step(of: code, at: 102 * 30 - 1) == 100 && totp.step(of: code, at: 102 * 30) == nil)
        // The clock of a machine before 1970, and far behind.
        let first = String(decoding: try totp.code(0), as: UTF8.self)
        #expect(try totp.step(of: first, at: 0) == 0 && totp.step(of: first, at: .min) == 0)
        #expect(try totp.step(of: first, at: .max) == nil)
    }

    @Test func `spaces count for nothing, and what is not six digits is not a code`() throws {
        let totp = try totp()
        #expect(try totp.step(of: "287 082", at: 59) == 1 && totp.step(of: " 28 70 82 ", at: 59) == 1)
        for text in [
            "", "28708", "2870820", "287082\0", "28708a", "-87082", "２８７０８２", "287082\n", "000000", "\0\0\0\0\0\0",
            String(repeating: " ", count: 30) + "287082",
        ] {
            #expect(try totp.step(of: text, at: 59) == nil, "\(text.debugDescription)")
        }
    }

    @Test func `of two steps with one code the later one counts`() throws {
        // The first step that has the code of the one before it, found by search.
        let (totp, step, code) = (try totp(), 910_738 as Int64, "911617")
        #expect(try totp.step(of: code, at: 30 * step) == step)
        #expect(try totp.step(of: code, at: 30 * (step - 1)) == step)
        #expect(try totp.step(of: code, at: 30 * (step - 2)) == step - 1)
    }

    @Test func `a secret has twenty bytes, and each is another one`() throws {
        #expect(TOTP(secret: Secret([UInt8](repeating: 1, count: 19))) == nil)
        #expect(TOTP(secret: Secret([UInt8](repeating: 1, count: 21))) == nil)
        let texts = try (0..<50).map { _ in try TOTP(random: OpenSSLRandomSource()).secretText }
        #expect(Set(texts).count == 50 && texts.allSatisfy { $0.utf8.count == 32 && !$0.contains("=") })
    }

    @Test(
        "Base32 without padding: RFC 4648, section 10",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func base32(text: String, digits: String) {
        #expect(Base32.encode(Array(text.utf8).span) == digits)
    }

    @Test func `the address has no plus, no padding and no colon but the one between issuer and account`() throws {
        let uri = try totp().uri(issuer: "Aurora: Labs & Söhne+", account: "ann+a:b@example.org")
        #expect(
            uri
                == "otpauth://totp/Aurora-%20Labs%20%26%20S%C3%B6hne%2B:ann%2Ba-b%40example.org"
                + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Aurora-%20Labs%20%26%20S%C3%B6hne%2B"
                + "&algorithm=SHA1&digits=6&period=30")
        #expect(try totp().uri(issuer: "", account: "ann").hasPrefix("otpauth://totp/ann?secret="))
    }
}

/// Other programs that make the same codes.
struct OneTimeCodeOracleTests {
    private static let oathtool = "/usr/bin/oathtool"
    private static let python = "/usr/bin/python3"
    private static let hasPyOTP = (try? output(python, ["-c", "import pyotp"])) == ""

    private static func output(_ program: String, _ arguments: [String]) throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return String(decoding: data, as: UTF8.self)
    }

    /// A program that is missing is a fault under continuous integration, and in `deploy/test`, which installs it.
    private static let isExpected = ["CI", "POSTERN_TEST_EXPECTS_ORACLES"].contains { name in
        ProcessInfo.processInfo.environment[name]?.isEmpty == false
    }

    @Test(
        .enabled(
            if: isExpected || FileManager.default.isExecutableFile(atPath: oathtool), "oathtool is not installed"))
    func `oathtool makes the same codes`() throws {
        for moment in [0, 29, 30, 59, 1_111_111_111, 1_770_561_885, 4_102_444_800] as [Int64] {
            let totp = try TOTP(random: OpenSSLRandomSource())
            let codes = try Self.output(
                Self.oathtool,
                ["--totp=sha1", "--base32", "--window=3", "--now=@\(moment)", totp.secretText])
            let expected = try (0...3).map {
                String(decoding: try totp.code(TOTP.step(at: moment) + $0), as: UTF8.self)
            }
            #expect(codes.split(separator: "\n").map(String.init) == expected)
        }
    }

    @Test(.enabled(if: isExpected || hasPyOTP, "python3-pyotp is not installed"))
    func `pyotp reads the address, and makes the same codes`() throws {
        let script = """
            import pyotp, sys
            totp = pyotp.parse_uri(sys.argv[1])
            print(totp.issuer, totp.name, totp.digits, totp.interval, totp.digest().name, sep="|")
            print(totp.at(int(sys.argv[2])))
            """
        let totp = try TOTP(random: OpenSSLRandomSource())
        let uri = totp.uri(issuer: "Aurora Labs", account: "ann+a@example.org")
        let moment: Int64 = 1_770_561_885
        let lines = try Self.output(Self.python, ["-c", script, uri, "\(moment)"]).split(separator: "\n")
        #expect(lines.first == "Aurora Labs|ann+a@example.org|6|30|sha1")
        #expect(lines.last.map(String.init) == String(decoding: try totp.code(TOTP.step(at: moment)), as: UTF8.self))
    }
}

struct RecoveryCodeTests {
    @Test func `a set has ten codes of fifty bits, in two groups`() throws {
        let codes = try RecoveryCode.set(random: OpenSSLRandomSource())
        #expect(codes.count == 10 && Set(codes).count == 10)
        for code in codes {
            #expect(code.text.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}/) != nil)
            #expect(RecoveryCode(code.text) == code)
        }
    }

    @Test func `each digit is drawn, and evenly`() throws {
        var counts: [UInt8: Int] = [:]
        for _ in 0..<640 {
            for digit in try RecoveryCode(random: OpenSSLRandomSource()).digits { counts[digit, default: 0] += 1 }
        }
        // 200 of each are expected, with a deviation of 14.
        #expect(counts.count == 32 && counts.values.allSatisfy { (90...310).contains($0) })
    }

    @Test func `a code is read however it was typed`() {
        let code = RecoveryCode("4K7QX-M9D10")
        #expect(code != nil)
        for text in [
            "4K7QXM9D10", "4k7qx-m9d10", " 4k7qx m9d10 ", "4K7QX - M9D10", "4-K-7-Q-X-M-9-D-1-0", "4k7qx-m9dio",
            "4K7QX-M9DLO", "4k7qx-m9dl0",
        ] {
            #expect(RecoveryCode(text) == code, "\(text)")
        }
    }

    @Test(arguments: [
        "", "-", "4K7QX-M9D1", "4K7QX-M9D100", "4K7QX-M9DU0", "4K7QX_M9D10", "4K7QX-M9D1\n", "4K7QX–M9D10", "287082",
        "４K7QX-M9D10", String(repeating: "-", count: 30) + "4K7QXM9D10",
    ])
    func `what is not a code is not read`(text: String) {
        #expect(RecoveryCode(text) == nil)
    }
}
