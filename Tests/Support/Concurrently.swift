import Foundation
import Testing

/// Runs a body several times at once, each time on a thread of its own; each error is an issue.
public func concurrently(_ times: Int, _ body: (Int) throws -> Void) {
    withoutActuallyEscaping(body) { body in
        unsafe withUnsafePointer(to: body) { pointer in
            let group = DispatchGroup()
            // The threads have it no longer when this returns.
            nonisolated(unsafe) let body = unsafe pointer
            for index in 0..<times {
                group.enter()
                Thread.detachNewThread {
                    do { try unsafe body.pointee(index) } catch { Issue.record(error) }
                    group.leave()
                }
            }
            group.wait()
        }
    }
}
