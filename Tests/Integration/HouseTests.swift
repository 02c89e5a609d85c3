import Foundation
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
            let ambient = ["Date()", "Timestamp.now", "arc4random", "UInt64.random", "Int.random", "UUID()"]
            for (path, text) in try sources("Sources") where path != "Identity/Timestamp.swift" {
                for word in ambient { #expect(!text.contains(word), "\(path) has \(word)") }
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
