import Cryptography
import HTTP
import Identity
import System

/// Readers of settings: each returns `nil` if the text is not valid.
extension Settings {
    static func integer(in range: ClosedRange<Int>) -> @Sendable (String) -> Int? {
        { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// A time span, in seconds.
    static func seconds(in range: ClosedRange<Int64>) -> @Sendable (String) -> Int64? {
        { text in TimeSpan(text).flatMap { range.contains($0.seconds) ? $0.seconds : nil } }
    }

    /// A time span of a minute or more, in seconds; `nil` for `forever`.
    static func secondsOrForever(_ text: String) -> Int64?? {
        text == "forever" ? .some(nil) : seconds(in: 60...TimeSpan.maximum)(text).map { .some($0) }
    }

    /// A number from 1 to 256, or `auto` for the number of processors.
    static func processors(_ text: String) -> Int? {
        text == "auto"
            ? min(ProcessSurroundings.processors, 256) : integer(in: 1...256)(text)
    }

    /// The permission bits of a file, octal.
    static func fileMode(_ text: String) -> UInt32? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else {
            return nil
        }
        return UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
    }

    /// A path without a slash at its end; the root is empty.
    static func pathPrefix(_ text: String) -> String? {
        if text == "/" { return "" }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count >= 2, segments[0].isEmpty,
            !segments.dropFirst().contains(where: { ["", ".", ".."].contains($0) }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"%?#\\\"".utf8.contains($0) })
        else { return nil }
        return text
    }

    /// The address for browsers; empty for none.
    static func publicAddress(_ text: String) -> PublicURL?? {
        text.isEmpty ? .some(nil) : PublicURL(text).map { .some($0) }
    }

    /// A scheme that meets OWASP's recommendations, or `auto` for the best one that the libraries have.
    static func recommendedScheme(_ text: String) -> PasswordSchemeChoice? {
        text == "auto" ? .automatic : PasswordScheme(setting: text).flatMap { $0.meetsOWASP ? .named($0) : nil }
    }

    /// `LIMIT/SPAN`, such as `50/15m`: a number of attempts in a time span; 1 to 1,000,000 in 1 s to 7 d.
    static func window(_ text: String) -> ThrottleRule? {
        guard let (limit, rest) = limit(text), let span = span(rest) else { return nil }
        return .window(limit: limit, seconds: span)
    }

    /// `LIMIT/SHORTEST-LONGEST`, such as `5/1s-15m`: a number of failures, then waits that double between two spans.
    static func backoff(_ text: String) -> ThrottleRule? {
        guard let (limit, rest) = limit(text) else { return nil }
        let spans = rest.split(separator: "-", omittingEmptySubsequences: false)
        guard spans.count == 2, let shortest = span(spans[0]), let longest = span(spans[1]),
            shortest <= longest
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
