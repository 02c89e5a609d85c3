import Foundation
import Glibc
import Testing

extension Integration {
    struct EnduranceTests {
        private static let isLong = ProcessInfo.processInfo.environment["POSTERN_TEST_LONG"] != nil

        /// What a process has taken of the system.
        private struct Usage: Equatable, CustomStringConvertible {
            let threads: Int
            /// `nil` where this process may not see them.
            let descriptors: Int?
            /// Memory of its own, in KiB.
            let memory: Int

            init(of process: Int32) throws {
                let status = try ProcessStatus(of: process)
                threads = try #require(status.number("Threads"))
                descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
                memory = try #require(status.number("RssAnon"))
            }

            var description: String {
                "\(threads) threads, \(descriptors.map(String.init) ?? "?") descriptors, \(memory) KiB"
            }
        }

        /// Sends requests for some seconds.
        ///
        /// - Returns: how many were answered.
        private func load(_ deployment: Deployment, seconds: UInt32) throws -> Int {
            let load = try Load(deployment, isPaced: false)
            sleep(seconds)
            let result = try load.stop()
            #expect(result.failed == 0, "\(result.text)")
            return result.answered
        }

        /// What it uses once nginx has closed its kept connections.
        private func restingUsage(_ deployment: Deployment) throws -> Usage {
            sleep(7)
            return try Usage(of: deployment.responderID)
        }

        @Test func `threads, descriptors and memory are the same after very many requests`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.startResponder()
            try deployment.startNginx(isLimited: false)
            try deployment.waitUntilReady()
            // Every thread takes its buffers at its first requests.
            _ = try load(deployment, seconds: Self.isLong ? 10 : 4)
            let before = try restingUsage(deployment)
            var answered = 0
            repeat {
                answered += try load(deployment, seconds: Self.isLong ? 30 : 6)
            } while answered < (Self.isLong ? 1_000_000 : 10_000)
            let after = try restingUsage(deployment)
            print("\(answered) requests: \(before), then \(after)")
            #expect(after.threads == before.threads)
            #expect(after.descriptors == before.descriptors)
            #expect(after.memory <= before.memory + 2048)
        }
    }
}
