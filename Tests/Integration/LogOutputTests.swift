import Foundation
import Glibc
import Identity
import Logging
import TestSupport
import Testing

@testable import postern

extension Integration {
    /// A log whose reader hangs, slows down or goes away.
    struct LogOutputTests {
        /// A pipe with room for one page.
        private final class Pipe {
            private(set) var reader: Int32
            let writer: Int32

            init() throws {
                var ends: [Int32] = [0, 0]
                try #require(unsafe pipe(&ends) == 0)
                (reader, writer) = (ends[0], ends[1])
                for end in ends { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
                // F_SETPIPE_SZ, which is not in Glibc's module.
                try #require(fcntl(writer, 1031, 4096) == 4096)
            }

            deinit {
                closeReader()
                close(writer)
            }

            func closeReader() {
                if reader >= 0 { close(reader) }
                reader = -1
            }

            /// Reads until a text is complete, at most ten seconds at a time.
            func read(into text: inout String, until isComplete: (String) -> Bool) throws {
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while !isComplete(text) {
                    var poll = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                    try #require(unsafe Glibc.poll(&poll, 1, 10_000) == 1)
                    let count = unsafe Glibc.read(reader, &buffer, buffer.count)
                    try #require(count > 0)
                    text += String(decoding: buffer[..<count], as: UTF8.self)
                }
            }
        }

        private let format = LogFormat(isForJournal: false, clock: WallClock { Timestamp(secondsSince1970: 0) })

        private func logger(_ output: LogOutput) -> Logger {
            Logger(label: "postern") { _ in output.handler }
        }

        @Test func `lines for a reader that hangs wait in order, and lines beyond the capacity are counted`()
            throws
        {
            let pipe = try Pipe()
            let output = try LogOutput(format, descriptor: pipe.writer, capacity: 100_000)
            let start = ContinuousClock.now
            for number in 0..<60_000 { output.write(Array("line \(number)\n".utf8)) }
            #expect(start.duration(to: .now) < .seconds(10))
            let lost = output.linesLost
            #expect(lost > 30_000 && lost < 60_000)
            var text = ""
            func lostLines(_ text: String) -> Int {
                text.matches(of: /\ warning: log lines were dropped: .* lines=(\d+)\n/)
                    .reduce(0) { $0 + (Int($1.1) ?? 0) }
            }
            try pipe.read(into: &text) { lostLines($0) == lost }
            logger(output).notice("goes on")
            try pipe.read(into: &text) { $0.hasSuffix("goes on\n") }
            output.finish()
            let numbers = text.split(separator: "\n").compactMap { $0.hasPrefix("line ") ? Int($0.dropFirst(5)) : nil }
            #expect(numbers.count == 60_000 - lost)
            #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        }

        @Test func `a line is written before the call returns while somebody reads, and nothing is lost or cut`() throws
        {
            let folder = try ScratchFolder()
            let descriptor = unsafe open(folder.path("log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            defer { close(descriptor) }
            let output = try LogOutput(format, descriptor: descriptor)
            output.write(Array("one\n".utf8))
            #expect(try String(contentsOfFile: folder.path("log"), encoding: .utf8) == "one\n")
            let long = String(repeating: "x", count: 10_000)
            DispatchQueue.concurrentPerform(iterations: 8) { thread in
                for number in 0..<500 { output.write(Array("\(thread) \(number) \(number == 250 ? long : "")\n".utf8)) }
            }
            output.finish()
            let lines = try String(contentsOfFile: folder.path("log"), encoding: .utf8).split(separator: "\n")
                .dropFirst()
            #expect(lines.count == 4_000 && output.linesLost == 0)
            for thread in 0..<8 {
                let own = lines.filter { $0.hasPrefix("\(thread) ") }.map { $0.split(separator: " ") }
                #expect(own.map { Int($0[1]) } == Array(0..<500))
                #expect(own[250].last?.count == long.count)
            }
        }

        @Test func `lines for a reader that has gone are counted, and the end does not wait for one that hangs`()
            throws
        {
            let gone = try Pipe()
            let output = try LogOutput(format, descriptor: gone.writer)
            gone.closeReader()
            for _ in 0..<3 { output.write(Array("line\n".utf8)) }
            output.finish()
            #expect(output.linesLost == 3)

            let hanging = try Pipe()
            let stuck = try LogOutput(format, descriptor: hanging.writer)
            for _ in 0..<3_000 { stuck.write(Array("a line of twenty bytes\n".utf8)) }
            stuck.write(Array("the last one\n".utf8))
            let start = ContinuousClock.now
            stuck.finish()
            #expect(start.duration(to: .now) < .seconds(5))
            var text = ""
            try hanging.read(into: &text) { $0.hasSuffix("twenty bytes\nthe last one\n") }
            #expect(text.split(separator: "\n").count == 3_001)
        }

        @Test func `a responder whose log nobody reads continues to answer, and reports the dropped lines`() throws {
            let deployment = try Deployment(serves: false)
            let pipe = try Pipe()
            try deployment.startResponder(errors: FileHandle(fileDescriptor: dup(pipe.writer), closeOnDealloc: true))
            var text = ""
            try pipe.read(into: &text) { $0.contains("serving") }
            // More than the queue and the pipe hold, a line each.
            let peer = try Peer(path: deployment.socket)
            let request = Records.request(path: "/" + String(repeating: "x", count: 250))
            for _ in 0..<5_000 { try #require(try peer.exchange(request) != nil) }
            func lost() throws -> Int {
                let figures = try #require(try peer.exchange(Records.request(path: "/api/v1/metrics")))
                let line = figures.body.split(separator: "\n").first {
                    $0.hasPrefix("postern_log_lines_dropped_total ")
                }
                return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
            }
            #expect(try lost() > 100)
            try pipe.read(into: &text) { $0.contains("log lines were dropped") }
            peer.close()
            // Nobody reads any more: it ends all the same.
            #expect(deployment.stopResponder() == 0)
        }
    }
}
