import Foundation
import Glibc
import Testing

extension Integration {
    struct EnduranceTests {
        private static let isLong = ProcessInfo.processInfo.environment["POSTERN_TEST_LONG"] != nil

        /// The system resources that a responder uses.
        private struct Usage: CustomStringConvertible {
            let threads: Int
            /// Open files and sockets that are not the database's.
            let descriptors: Int
            /// Connections to the database.
            let readers: Int
            /// Memory of its own, in KiB.
            let memory: Int

            init(of deployment: Deployment) throws {
                let status = try ProcessStatus(of: deployment.responderID)
                threads = try #require(status.number("Threads"))
                memory = try #require(status.number("RssAnon"))
                let folder = "/proc/\(deployment.responderID)/fd"
                // None, if this process may not see them.
                let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map {
                    try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
                }
                readers = files.count { $0 == deployment.database }
                descriptors = files.count { $0?.hasPrefix(deployment.database) != true }
            }

            var description: String {
                "\(threads) threads, \(descriptors) descriptors, \(readers) connections to the database, \(memory) KiB"
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

        /// The resources in use once nginx has closed its kept connections.
        private func restingUsage(_ deployment: Deployment) throws -> Usage {
            sleep(7)
            return try Usage(of: deployment)
        }

        @Test func `threads, descriptors and memory stay what they are over very many requests`() throws {
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
            // One that reads is opened when several threads first read at the very same time, and has a cache.
            #expect(after.readers <= 17)
            #expect(after.memory <= before.memory + 1024 + 512 * (after.readers - before.readers))
        }
    }
}
