import Dispatch
import Testing

/// Runs a body several times at once; what it throws is an issue.
func concurrently(_ times: Int, _ body: (Int) throws -> Void) {
    withoutActuallyEscaping(body) { body in
        // All have ended when this returns.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: times) { index in
            do { try unsafe body(index) } catch { Issue.record(error) }
        }
    }
}
