import Logging

/// The fields of the log's lines.
enum LogField {
    /// The names of all fields, in the order in which a line has them: the outcome first, then the client and its
    /// credential. The texts that a client chooses are behind all that a filter such as fail2ban's reads.
    static let order = [
        "status", "code", "reason", "throttled", "client", "peer", "account", "session", "token", "methods", "method",
        "path", "fault", "ms", "listen", "threads", "password_hash", "memory", "changed", "keys", "count", "lines",
        "id",
    ]

    /// The names of those that are numbers in JSON.
    private static let numbers = ["status", "ms", "threads", "count", "lines"]

    /// The fields of a line in their order, with their values as text. A field without a place comes last, by name.
    static func inOrder(_ fields: Logger.Metadata) -> [(name: String, value: String)] {
        var ranked: [(rank: Int, name: String, value: String)] = []
        ranked.reserveCapacity(fields.count)
        for (name, value) in fields {
            let rank = order.firstIndex(of: name) ?? order.count
            // A line has about ten, of which nearly none are out of place for long: by insertion.
            var place = ranked.count
            while place > 0, (ranked[place - 1].rank, ranked[place - 1].name) > (rank, name) { place -= 1 }
            ranked.insert((rank, name, value.description), at: place)
        }
        return ranked.map { ($0.name, $0.value) }
    }

    /// True if a value needs no quotation marks: it is not empty, and has no blank, quotation mark, backslash, equals
    /// sign, control character or character beyond ASCII.
    static func isWord(_ value: String) -> Bool {
        !value.isEmpty
            && value.utf8.allSatisfy { byte in
                (0x21..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                    && byte != UInt8(ascii: "=")
            }
    }

    /// True if a field is a number, and its value has the form of one in JSON: digits, with a fraction or without.
    static func isNumber(_ name: String, _ value: String) -> Bool {
        guard numbers.contains(name) else { return false }
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0] == "0" || !parts[0].hasPrefix("0") else { return false }
        return parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) }
    }
}
