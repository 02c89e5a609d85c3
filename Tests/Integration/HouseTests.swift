import Foundation
import TestSupport
import Testing

/// Rules of the house that no compiler checks.
extension Integration {
    struct HouseTests {
        private func sources(_ folder: String) throws -> [(path: String, text: String)] {
            try FileManager.default.subpathsOfDirectory(atPath: "\(Paths.root)/\(folder)")
                .filter { $0.hasSuffix(".swift") }
                .map { ($0, try String(contentsOfFile: "\(Paths.root)/\(folder)/\($0)", encoding: .utf8)) }
        }

        @Test func `each C library is imported by one target only`() throws {
            let allowed = ["COpenSSL": "Cryptography/", "CCrypt": "Cryptography/", "CFastCGI": "FastCGI/"]
            for (path, text) in try sources("Sources") {
                for (module, owner) in allowed where text.contains(try Regex("import \(module)\\b")) {
                    #expect(path.hasPrefix(owner), "\(path) imports \(module)")
                }
            }
        }

        @Test func `SQL is written in Storage only, and HTTP never there`() throws {
            for (path, text) in try sources("Sources") where !path.hasPrefix("Storage/") {
                #expect(!text.contains("import GRDB"), "\(path)")
            }
            for (path, text) in try sources("Sources/Storage") + sources("Sources/Identity") {
                #expect(!text.contains("import HTTPTypes") && !text.contains("import Gateway"), "\(path)")
            }
        }

        @Test func `time and randomness are handed in, not taken`() throws {
            let ambient = ["Date()", "CLOCK_REALTIME", "Timestamp.now", "arc4random", "UInt64.random", "Int.random", "UUID()"]
            for (path, text) in try sources("Sources") where path != "Identity/Values/WallClock.swift" {
                for word in ambient { #expect(!text.contains(word), "\(path) has \(word)") }
            }
        }

        /// A message as the manual writes it: what differs from time to time is `…`.
        private func shown(_ literal: Substring) -> String {
            String(literal).replacing(/\\\((?:[^()]|\([^()]*\))*\)/, with: "…").replacing("\\\"", with: "\"")
        }

        /// All messages of level warning and above, each with its level.
        private func messages() throws -> Set<String> {
            var found: Set<String> = []
            let (all, events) = (try sources("Sources"), "FastCGI/ServerEvent.swift")
            for (path, text) in all {
                let calls = text.matches(of: /\.(?:warning|error|critical)\(/)
                let literal = text.matches(
                    of: /logger\.(warning|error|critical)\(\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*metadata:|\))/)
                #expect(calls.count == literal.count, "\(path) has a message that is made elsewhere")
                for call in literal { found.insert("\(shown(call.2)) (\(call.1))") }
            }
            // Those of what a server tells, whose level is set where they are written.
            let writers = all.filter { $0.text.contains(".log(level:") }
            #expect(writers.map(\.path) == ["postern/Service/Responder.swift"])
            let words = try #require(all.first { $0.path == events }).text
            for level in try #require(writers.first).text.matches(of: /case ([^:\n]*): \.(warning|error|critical)\n/) {
                for name in level.1.matches(of: /\w+/) {
                    let message = try #require(
                        words.firstMatch(
                            of: try Regex(
                                "case \\.\(name.0)\\b[^:\"]*:\\s*\"([^\"]*)\"", as: (Substring, Substring).self)))
                    found.insert("\(shown(message.1)) (\(level.2))")
                }
            }
            return found
        }

        @Test func `the manual says what to do about every message of level warning and above`() throws {
            let manual = try Repository.text("deploy/OPERATIONS.md")
            let section = try #require(manual.firstRange(of: "\n## The log\n")).upperBound
            let rows = manual[section...].matches(of: /\n\| `([^`]+)` \| (\w+) \| [^|]+ \|(?=\n)/).map {
                "\($0.1) (\($0.2))"
            }
            let messages = try messages()
            #expect(messages.count > 15)
            #expect(messages.subtracting(rows).isEmpty)
            for row in rows {
                // One that is explained in more than one row.
                let isWritten = try messages.contains { message in
                    let parts = message.split(separator: "…", omittingEmptySubsequences: false).map {
                        NSRegularExpression.escapedPattern(for: String($0))
                    }
                    return try row.wholeMatch(of: Regex(parts.joined(separator: ".*"))) != nil
                }
                #expect(isWritten, "nothing writes \(row)")
            }
        }

        @Test func `the README names every setting`() throws {
            let readme = try String(contentsOfFile: "\(Paths.root)/README.md", encoding: .utf8)
            let check = try run(Paths.binary, ["check", "--json"], environment: ["POSTERN_DATABASE": "/nowhere"])
            let settings = try #require(check.object["settings"] as? [[String: Any]])
            #expect(!settings.isEmpty)
            for setting in settings {
                let (key, value) = (setting["key"] as? String ?? "?", setting["value"] as? String ?? "?")
                #expect(readme.contains("`\(key)`"), "\(key)")
                if key != "POSTERN_DATABASE", !value.isEmpty {
                    #expect(readme.contains("`\(value)`"), "\(key): \(value)")
                }
            }
        }
    }
}
