import FoundationEssentials
import System
import Testing

struct ProcessSurroundingsTests {
    @Test func `the environment is the one that Foundation reads`() {
        #expect(ProcessSurroundings.environment == ProcessInfo.processInfo.environment)
    }

    @Test func `as many processors count as Foundation counts`() {
        #expect(ProcessSurroundings.processors == ProcessInfo.processInfo.activeProcessorCount)
    }
}
