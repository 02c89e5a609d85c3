import Cryptography
import FastCGI
import HTTP
import Identity
import Logging
import System

/// Readers of settings.
extension Settings {
    static let file = SettingReader<String>("the path of a file, or the URI of a database") { $0.isEmpty ? nil : $0 }

    static let flag = SettingReader<Bool>("true or false") { Bool($0) }

    static let address = SettingReader<ListenAddress>("an address: unix:PATH, ADDRESS:PORT or [IPV6]:PORT") { text in
        try? ListenAddress(text)
    }

    static let level = SettingReader<Logger.Level>("trace, debug, info, notice, warning, error or critical") {
        Logger.Level(rawValue: $0)
    }

    static func integer(in range: ClosedRange<Int>) -> SettingReader<Int> {
        SettingReader("a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A time span, in seconds.
    static func seconds(in range: ClosedRange<Int64>) -> SettingReader<Int64> {
        let (from, to) = (TimeSpan.text(ofSeconds: range.lowerBound), TimeSpan.text(ofSeconds: range.upperBound))
        return SettingReader("a time from \(from) to \(to): a number and s, m, h or d") { text in
            TimeSpan(text).flatMap { range.contains($0.seconds) ? $0.seconds : nil }
        }
    }

    /// The age of a login, in seconds: a time span, or a bare number of seconds as `max_age` of RFC 9470 is one.
    static func age(in range: ClosedRange<Int64>) -> SettingReader<Int64> {
        let span = seconds(in: range)
        return SettingReader("\(span.expected), or seconds alone") { text in
            span.read(text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? "\(text)s" : text)
        }
    }

    /// A time span of a minute or more, in seconds; `nil` for `forever`.
    static let secondsOrForever = SettingReader<Int64?>(
        "a time of 1m or more (a number and s, m, h or d), or forever"
    ) { text in
        text == "forever" ? .some(nil) : seconds(in: 60...TimeSpan.maximum).read(text).map { .some($0) }
    }

    /// A time span in seconds; `nil` for `off`.
    static let secondsOrOff = SettingReader<Int64?>("a time from 1h to 400d (a number and s, m, h or d), or off") {
        $0 == "off" ? .some(nil) : seconds(in: 3600...400 * 86400).read($0).map { .some($0) }
    }

    /// A policy on second factors; `nil`, if it is empty, for the stored one.
    static let secondFactorPolicy = SettingReader<SecondFactorPolicy?>(
        "off, optional, admins or required, or empty for the default of this database"
    ) { $0.isEmpty ? .some(nil) : SecondFactorPolicy(rawValue: $0).map { .some($0) } }

    /// True or false; `nil`, if it is empty, for what is stored.
    static let flagOrStored = SettingReader<Bool?>("true or false, or empty for the default of this database") {
        $0.isEmpty ? .some(nil) : Bool($0).map { .some($0) }
    }

    static let retention = SettingReader<AuditRetention>("a time of 1d or more (a number and s, m, h or d), or forever")
    {
        AuditRetention($0)
    }

    /// A number from 1 to 256, or `auto` for the number of processors.
    static let processors = SettingReader<Int>("a number from 1 to 256, or auto") { text in
        text == "auto" ? min(ProcessSurroundings.processors, 256) : integer(in: 1...256).read(text)
    }

    /// The permission bits of a file, octal.
    static let fileMode = SettingReader<UInt32>("an octal mode from 0 to 0777") { text in
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
        return UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
    }

    /// A path without a slash at its end; the root is empty.
    static let pathPrefix = SettingReader<String>("a path such as /api/v1, or / for the root") { text in
        if text == "/" { return "" }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count >= 2, segments[0].isEmpty,
            !segments.dropFirst().contains(where: { ["", ".", ".."].contains($0) }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"%?#\\\"".utf8.contains($0) })
        else { return nil }
        return text
    }

    /// The address for browsers; empty for none.
    static let publicAddress = SettingReader<PublicURL?>(
        "an address such as https://auth.example.org: a scheme, a host, a port if needed, and nothing else; http for "
            + "this machine only"
    ) { text in
        text.isEmpty ? .some(nil) : PublicURL(text).map { .some($0) }
    }

    /// A scheme that meets OWASP's recommendations, or `auto` for the best one that the libraries have.
    static let recommendedScheme = SettingReader<PasswordSchemeChoice>(
        "auto, or a scheme as strong as a row of OWASP's tables: argon2id:m=KIB,t=PASSES,p=LANES, "
            + "scrypt:ln=LOG2N,r=8,p=P or pbkdf2-sha256:i=ITERATIONS"
    ) { text in
        text == "auto" ? .automatic : PasswordScheme(setting: text).flatMap { $0.meetsOWASP ? .named($0) : nil }
    }

    /// `LIMIT/SPAN`, such as `50/15m`: a number of attempts in a time span.
    static let window = SettingReader<ThrottleRule>(
        "LIMIT/SPAN, such as 50/15m: 1 to 1000000 attempts in 1s to 7d"
    ) { text in
        guard let (limit, rest) = limit(text), let span = span(rest) else { return nil }
        return .window(limit: limit, seconds: span)
    }

    /// `LIMIT/SHORTEST-LONGEST`, such as `5/1s-15m`: a number of failures, then waits that double between two spans.
    static let backoff = SettingReader<ThrottleRule>(
        "LIMIT/SHORTEST-LONGEST, such as 5/1s-15m: 1 to 1000000 attempts, then waits of 1s to 7d"
    ) { text in
        guard let (limit, rest) = limit(text) else { return nil }
        let spans = rest.split(separator: "-", omittingEmptySubsequences: false)
        guard spans.count == 2, let shortest = span(spans[0]), let longest = span(spans[1]), shortest <= longest
        else { return nil }
        return .backoff(tolerated: limit, shortest: shortest, longest: longest)
    }

    private static func limit(_ text: String) -> (Int64, Substring)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let limit = Int64(parts[0]), (1...1_000_000).contains(limit) else {
            return nil
        }
        return (limit, parts[1])
    }

    private static func span(_ text: Substring) -> Int64? {
        TimeSpan(String(text)).flatMap { (1...7 * 86400).contains($0.seconds) ? $0.seconds : nil }
    }
}
