import Foundation
import Testing

/// The form of the code: the size of its files, and that nothing stands in it twice.
extension Integration.HouseTests {
    /// The files that are a list of data.
    private static let lists: Set = ["Identity/Accounts/CommonPasswords.swift"]

    @Test func `a file of Sources has 25 to 250 lines`() throws {
        for (path, text) in try sources("Sources") where !Self.lists.contains(path) {
            let count = text.utf8.count { $0 == UInt8(ascii: "\n") }
            #expect(
                (25...250).contains(count),
                "Sources/\(path) has \(count) lines: join it with its neighbour, or part it by subject")
        }
    }

    /// The lines that make a repetition.
    private static let repeated = 6

    /// The pairs of places where the same lines of code stand, whatever their indentation. Comments, empty lines and
    /// imports are passed over.
    private func repetitions(in files: [(path: String, text: String)]) -> [String] {
        var first: [[Substring]: (path: String, index: Int, line: Int)] = [:]
        var found: [String] = []
        for (path, text) in files {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
                let line = $1.drop(while: \.isWhitespace)
                let isPassedOver = ["//", "import ", "public import "].contains { line.hasPrefix($0) }
                let isCode = !line.isEmpty && !isPassedOver
                return isCode ? (number: $0 + 1, text: line) : nil
            }
            for index in lines.indices.dropLast(Self.repeated - 1) {
                let window = lines[index..<index + Self.repeated]
                guard let known = first[window.map(\.text)] else {
                    first[window.map(\.text)] = (path, index, lines[index].number)
                    continue
                }
                // Not with itself: the same line may stand many times in a row.
                if known.path != path || index - known.index >= Self.repeated {
                    found.append("\(known.path):\(known.line) and \(path):\(lines[index].number)")
                }
            }
        }
        return found
    }

    @Test func `no six lines of code stand twice in Sources`() throws {
        for place in repetitions(in: try sources("Sources")) {
            Issue.record("the same code stands at Sources/\(place): write it once")
        }
    }

    @Test func `a repetition is seen in another file, with another indentation and other comments`() {
        let lines = (1...6).map { "let a\($0) = \($0)" }
        let code = lines.joined(separator: "\n")
        let other = "import A\n\nif b {\n    // c\n    " + lines.joined(separator: "\n\n    ") + "\n}\n"
        #expect(repetitions(in: [("A", code), ("B", other)]) == ["A:1 and B:5"])
        #expect(repetitions(in: [("A", code), ("B", other.replacing("a6", with: "a7"))]).isEmpty)
        #expect(repetitions(in: [("A", code + "\nb()\n" + code)]) == ["A:1 and A:8"])
        #expect(repetitions(in: [("A", String(repeating: "}\n", count: 11))]).isEmpty)
    }
}
