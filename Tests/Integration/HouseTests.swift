import Foundation
import TestSupport
import Testing

/// Rules of the house that no compiler checks.
extension Integration {
    struct HouseTests {
        /// The Swift files below a folder of the repository, each with its path in that folder.
        func sources(_ folder: String) throws -> [(path: String, text: String)] {
            try FileManager.default.subpathsOfDirectory(atPath: "\(Paths.root)/\(folder)")
                .filter { $0.hasSuffix(".swift") }
                .map { ($0, try String(contentsOfFile: "\(Paths.root)/\(folder)/\($0)", encoding: .utf8)) }
        }

        /// The code of a file without the lines that are comments.
        private func code(_ text: String) -> String {
            text.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.drop(while: \.isWhitespace).hasPrefix("//") }
                .joined(separator: "\n")
        }

        /// The modules that a file imports, in every form that Swift has for it.
        private func imports(_ text: String) -> [String] {
            let form =
                #/
                (?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+
                (?:(?:typealias|struct|class|enum|protocol|actor|let|var|func)\s+)?(\w+)
                /#
            return code(text).matches(of: form).map { String($0.1) }
        }

        /// A table of `Sources/README.md`: the name that each row begins with, and the names in backquotes behind it.
        private func table(_ heading: String) throws -> [String: Set<String>] {
            let page = try Repository.text("Sources/README.md")
            let rest = page[try #require(page.firstRange(of: "\n\(heading)\n")).upperBound...]
            var rows: [String: Set<String>] = [:]
            for line in rest.split(separator: "\n", omittingEmptySubsequences: false).dropFirst() {
                guard line.hasPrefix("| ") else { break }
                let cells = line.split(separator: "|").map { cell in
                    cell.matches(of: /`([^`]+)`/).map { String($0.1) }
                }
                for name in cells[0] { rows[name] = Set(cells.dropFirst().joined()) }
            }
            return rows
        }

        @Test func `each target imports only what the table in Sources/README.md allows it`() throws {
            let table = try table("| target | may import |")
            let targets = try FileManager.default.contentsOfDirectory(atPath: "\(Paths.root)/Sources")
                .filter { !$0.contains(".") }
            #expect(Set(targets) == Set(table.keys), "the targets are others than the rows of the table")
            for (path, text) in try sources("Sources") {
                let target = path.prefix { $0 != "/" }
                for module in imports(text) where table[String(target)]?.contains(module) != true {
                    Issue.record("Sources/\(path) imports \(module), which the table does not allow \(target)")
                }
            }
        }

        @Test func `each C module is imported in its own folder only`() throws {
            let folders = try table("| C module | imported in |")
            let modules = try FileManager.default.contentsOfDirectory(atPath: "\(Paths.root)/Sources")
                .filter { FileManager.default.fileExists(atPath: "\(Paths.root)/Sources/\($0)/module.modulemap") }
            #expect(Set(modules) == Set(folders.keys), "the C modules are others than the rows of the table")
            for (path, text) in try sources("Sources") {
                for module in imports(text) {
                    guard let allowed = folders[module] else { continue }
                    #expect(
                        allowed.contains(where: path.hasPrefix),
                        "Sources/\(path) imports \(module), which belongs to \(allowed.sorted())")
                }
            }
        }

        @Test(arguments: [
            ("import A", "A"), ("public import A", "A"), ("@_exported import A", "A"), ("import struct A.B", "A"),
            ("@preconcurrency internal import A", "A"), ("    import func A.b", "A"), ("@_spi(X) import A", "A"),
            ("// import A", nil), ("/// import A", nil),
        ])
        func `every form of an import is seen`(line: String, module: String?) {
            #expect(imports("let a = 1\n\(line)\n") == (module.map { [$0] } ?? []))
        }

        @Test func `the table of locks in Sources/README.md has every lock`() throws {
            let rows = try table("| lock | guards | held by | with another lock |")
            let declaration = /\blet (\w+)(?:: (?:Mutex|Sharded)<|(?:: [^=\n]+)? = (?:Mutex|Sharded)[<(])/
            var locks: [(name: String, text: String)] = []
            for (path, text) in try sources("Sources") where path != "System/Sharded.swift" {
                for match in code(text).matches(of: declaration) {
                    locks.append((String(match.1), text))
                    let isKnown = rows.keys.contains { row in
                        row.hasSuffix(".\(match.1)") && text.contains(row.dropLast(match.1.count + 1))
                    }
                    #expect(isKnown, "Sources/\(path) has the lock \(match.1), which is in no row")
                }
            }
            for row in rows.keys {
                let isThere = locks.contains { lock in
                    row.hasSuffix(".\(lock.name)") && lock.text.contains(row.dropLast(lock.name.count + 1))
                }
                #expect(isThere, "there is no lock \(row)")
            }
        }

        @Test func `SQL is written in Storage only`() throws {
            let statement = /\b(SELECT\s[^"]*\bFROM|INSERT (OR \w+ )?INTO|UPDATE "?\w+"? SET|DELETE FROM|PRAGMA)\s/
            for (path, text) in try sources("Sources") where !path.hasPrefix("Storage/") {
                #expect(!code(text).contains(statement), "Sources/\(path) has SQL")
            }
        }

        /// Time and randomness that the domain takes as values, in all spellings in which code could take them itself.
        private static var ambient: [(name: String, pattern: Regex<Substring>)] {
            [
                (
                    "the time of day",
                    /\b(?:Date\(\)|Date\.now|WallClock\.system|Timestamp\.now|UTCClock|DispatchWallTime)/
                ),
                ("the time of day", /\b(?:time\((?:nil|&)|gettimeofday|timespec_get|localtime|CLOCK_REALTIME\w*)/),
                ("randomness", /\.random\(|\.shuffle[d]?\(\)|\.randomElement\(\)|\bSystemRandomNumberGenerator\b/),
                ("randomness", /\b(?:UUID\(\)|RAND_\w*bytes|getrandom|getentropy|arc4random\w*)/),
                ("randomness", /\b(?:s?rand\(|[a-z]rand48\(|srandom\()/),
                ("randomness", /\/dev\/u?random/),
                ("the monotonic clock", /\b(?:Continuous|Suspending)Clock(?:\(\))?\.now\b|\bDispatchTime\.now\b/),
                ("the monotonic clock", /[^\w\)\]\}?!]\.now\b|\bclock_gettime\b|\bCLOCK_(?:MONOTONIC|BOOTTIME)\w*/),
            ]
        }

        /// The files that take one of them from the system, to hand it in; and the targets that wait or measure, which
        /// need a clock that nobody sets.
        private static let takers: [String: Set<String>] = [
            "the time of day": ["Identity/WallClock.swift", "postern/ProgramEnvironment.swift"],
            "randomness": ["Cryptography/RandomSource.swift", "postern/ProgramEnvironment.swift"],
            "the monotonic clock": [
                "System/", "Cryptography/", "Storage/", "HTTP/", "FastCGI/", "AuthAPI/", "postern/",
                "Identity/AttemptsUnderWay.swift", "Identity/RegistrationsInFlight.swift", "Identity/WallClock.swift",
            ],
        ]

        @Test func `time and randomness are handed in, not taken`() throws {
            let ambient = Self.ambient
            var used: [String: Set<String>] = [:]
            for (path, text) in try sources("Sources") {
                let (code, folders) = (code(text), path.split(separator: "/"))
                let names = ["\(folders[0])/", "\(folders[0])/\(folders[folders.count - 1])"]
                for (name, pattern) in ambient {
                    for match in code.matches(of: pattern) {
                        let taker = names.first { Self.takers[name]?.contains($0) == true }
                        if let taker { used[name, default: []].insert(taker) }
                        #expect(
                            taker != nil,
                            "Sources/\(path) takes \(name) by \(match.output): hand it in, or add the file to takers")
                    }
                }
            }
            for (name, files) in Self.takers {
                #expect(files.subtracting(used[name] ?? []).isEmpty, "no longer needed for \(name)")
            }
        }

        /// A message as the manual writes it: `…` stands for all that differs from time to time.
        private func shown(_ literal: Substring) -> String {
            String(literal).replacing(/\\\((?:[^()]|\([^()]*\))*\)/, with: "…").replacing("\\\"", with: "\"")
        }

        /// All messages of level warning and above, each with its level.
        private func messages() throws -> Set<String> {
            var found: Set<String> = []
            let all = try sources("Sources")
            for (path, text) in all {
                let calls = text.matches(of: /\.(?:warning|error|critical)\(/)
                let literal = text.matches(
                    of: /logger\.(warning|error|critical)\(\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*metadata:|\))/)
                #expect(calls.count == literal.count, "\(path) has a message that is made elsewhere")
                for call in literal { found.insert("\(shown(call.2)) (\(call.1))") }
            }
            // Those of a server's events, whose level is set at the one place that writes them.
            let writers = all.filter { $0.text.contains(".log(level:") }
            #expect(writers.count == 1, "\(writers.map(\.path))")
            let words = try #require(all.first { $0.path.hasSuffix("/ServerEvent.swift") }).text
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
            let page = try Repository.text("deploy/manual/log.md")
            let section = try #require(page.firstRange(of: "\n## Messages\n")).upperBound
            let rows = page[section...].matches(of: /\n\| `([^`]+)` \| (\w+) \| [^|]+ \|(?=\n)/).map {
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

        @Test func `every field of the log has its place in a line, and a row in the manual`() throws {
            let order = try sources("Sources").first { $0.path.hasSuffix("/LogField.swift") }?.text
            let list = try #require(order?.firstMatch(of: /static let order = \[([^\]]*)\]/)).1
            let places = list.matches(of: /"(\w+)"/).map { String($0.1) }
            var fields: Set<String> = []
            for (_, text) in try sources("Sources") {
                for match in text.matches(of: /(?:metadata: |: Logger\.Metadata = )\[([^\]]*)\]/) {
                    fields.formUnion(match.1.matches(of: /"(\w+)":\ /).map { String($0.1) })
                }
                for match in text.matches(of: /fields\[([^\]]*)\]\ =\ /) {
                    fields.formUnion(match.1.matches(of: /"(\w+)"/).map { String($0.1) })
                }
            }
            #expect(fields == Set(places) && Set(places).count == places.count)
            #expect(fields.isDisjoint(with: ["time", "level", "event"]), "JSON has members with these names")
            let page = try Repository.text("deploy/manual/log.md")
            let table = page[try #require(page.firstRange(of: "\n| field | meaning |\n")).upperBound...]
            var rows: [String] = []
            for line in table.split(separator: "\n").dropFirst() {
                guard line.hasPrefix("| ") else { break }
                rows += line.split(separator: "|")[0].matches(of: /`(\w+)`/).map { String($0.1) }
            }
            #expect(rows == places)
        }

        @Test func `the manual names every setting with its default`() throws {
            let page = try Repository.text("deploy/manual/settings.md")
            let check = try run(Paths.binary, ["check", "--json"], environment: ["POSTERN_DATABASE": "/nowhere"])
            let settings = try #require(check.object["settings"] as? [[String: Any]])
            #expect(!settings.isEmpty)
            for setting in settings {
                let (key, value) = (setting["key"] as? String ?? "?", setting["value"] as? String ?? "?")
                #expect(page.contains("`\(key)`"), "\(key)")
                if key != "POSTERN_DATABASE", !value.isEmpty {
                    #expect(page.contains("`\(value)`"), "\(key): \(value)")
                }
            }
        }
    }
}
