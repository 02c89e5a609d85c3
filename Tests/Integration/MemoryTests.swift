import Foundation
import Glibc
import Testing

extension Integration {
    struct MemoryTests {
        /// True if this process may read the memory of another that hides it (`CAP_SYS_PTRACE`).
        private static var canTrace: Bool {
            let effective = (try? ProcessStatus(of: getpid()))?["CapEff"].flatMap { UInt64($0, radix: 16) }
            return (effective ?? 0) & 1 << 19 != 0
        }

        @Test(.enabled(if: canTrace, "needs CAP_SYS_PTRACE"))
        func `no password stays in the memory of the responder`() throws {
            let deployment = try Deployment()
            let passwords = ["Zebra-crossing-4711-ascii", "Käsekuchen-mit-Sahne-42", "Wrong-giraffe-0815-ascii"]
            for (number, password) in passwords.enumerated() {
                let body = Deployment.registration("p\(number)@example.test", password: password)
                if number < 2 { #expect(try deployment.post("/auth/register", body).status == 200) }
                #expect(try deployment.post("/auth/login", body).status == (number < 2 ? 200 : 401))
            }
            let decomposed = Deployment.registration("p1@example.test", password: #"Ka\u0308sekuchen-mit-Sahne-42"#)
            #expect(try deployment.post("/auth/login", decomposed).status == 200)
            #expect(try deployment.post("/auth/register", decomposed).status == 409)
            // A text that is never wiped shows that the search works.
            let sought = passwords.map { String($0.dropFirst(3)) } + ["p1@example.test"]
            let found = try Self.occurrences(of: sought, inProcess: deployment.responderID)
            #expect(found.dropLast() == [0, 0, 0])
            #expect(try #require(found.last) > 0)
        }

        /// The number of times that each text is in the writable memory of a process.
        private static func occurrences(of texts: [String], inProcess pid: Int32) throws -> [Int] {
            let maps = try String(contentsOfFile: "/proc/\(pid)/maps", encoding: .utf8)
            let memory = try #require(FileHandle(forReadingAtPath: "/proc/\(pid)/mem"))
            var counts = texts.map { _ in 0 }
            for line in maps.split(separator: "\n") where line.contains(" rw") && !line.hasSuffix("[vvar]") {
                let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt64($0, radix: 16) }
                guard bounds.count == 2 else { continue }
                try memory.seek(toOffset: bounds[0])
                guard let data = try? memory.read(upToCount: Int(bounds[1] - bounds[0])) else { continue }
                for (index, text) in texts.enumerated() {
                    counts[index] += occurrences(of: Data(text.utf8), in: data)
                }
            }
            return counts
        }

        private static func occurrences(of pattern: Data, in data: Data) -> Int {
            var count = 0
            var start = data.startIndex
            while let range = data.range(of: pattern, in: start..<data.endIndex) {
                count += 1
                start = range.upperBound
            }
            return count
        }
    }
}
