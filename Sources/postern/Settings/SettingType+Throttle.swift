import Identity

extension SettingType where Value == ThrottleRule {
    /// `LIMIT/SPAN`, such as `50/15m`: a number of attempts in a time span; 1 to 1,000,000 in 1 s to 7 d.
    static var window: Self {
        Self { text in
            guard let (limit, rest) = limit(text), let span = span(rest) else { return nil }
            return .window(limit: limit, seconds: span)
        }
    }

    /// `LIMIT/SHORTEST-LONGEST`, such as `5/1s-15m`: a number of failures, then waits that double between the two
    /// spans.
    static var backoff: Self {
        Self { text in
            guard let (limit, rest) = limit(text) else { return nil }
            let spans = rest.split(separator: "-", omittingEmptySubsequences: false)
            guard spans.count == 2, let shortest = span(spans[0]), let longest = span(spans[1]), shortest <= longest
            else { return nil }
            return .backoff(tolerated: limit, shortest: shortest, longest: longest)
        }
    }

    private static func limit(_ text: String) -> (Int64, Substring)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let limit = Int64(parts[0]), (1...1_000_000).contains(limit) else { return nil }
        return (limit, parts[1])
    }

    private static func span(_ text: Substring) -> Int64? {
        TimeSpan(String(text)).flatMap { (1...7 * 86400).contains($0.seconds) ? $0.seconds : nil }
    }
}
