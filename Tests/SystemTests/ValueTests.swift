import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import System

struct ValueTests {
    @Test func `bytes become two lowercase digits each, and digits of either case their value`() {
        #expect(Hex.encode([0, 0x0f, 0xa0, 0xff]) == "000fa0ff")
        #expect(Hex.encode([]) == "")
        #expect((0...15).map { Hex.digit($0) } == Array("0123456789abcdef".utf8))
        #expect("0123456789abcdef".utf8.map { Hex.value($0) } == Array(0...15))
        #expect("ABCDEF".utf8.map { Hex.value($0) } == Array(10...15))
        #expect("/:@G`g ".utf8.allSatisfy { Hex.value($0) == nil })
    }

    @Test func `a call that fails is thrown with its reason, and one that was interrupted is made again`() throws {
        #expect(throws: SystemError(call: "close", code: EBADF)) { try valueOrErrno("close") { close(-1) } }
        #expect(SystemError(call: "close", code: EBADF).description == "close: Bad file descriptor")
        var calls = 0
        let interrupted = {
            calls += 1
            if calls % 3 == 0 { return calls }
            errno = EINTR
            return -1
        }
        #expect(try valueOrErrno("read", interrupted) == 3)
        #expect(throws: SystemError(call: "read", code: EINTR)) {
            try valueOrErrno("read", retryOnInterrupt: false, interrupted)
        }
    }

    @Test func `each key has its part, and all parts are found`() {
        let sharded = Sharded<[Int: Int]>([:], count: 4)
        for key in -10..<10 { sharded.withLock(key) { $0[key] = key } }
        #expect(sharded.mapShards { $0.count } == [5, 5, 5, 5])
        #expect((-10..<10).allSatisfy { key in sharded.withLock(key) { $0[key] } == key })
        sharded.withLock(1) { _ in
            #expect(sharded.withLockIfAvailable(5) { _ in true } == nil)
            #expect(sharded.withLockIfAvailable(2) { _ in true } == true)
        }
    }

    @Test func `bytes are overwritten`() {
        let buffer = WipedBytes(count: 8)
        #expect(buffer.count == 8)
        unsafe buffer.bytes.copyBytes(from: [UInt8](1...8))
        buffer.wipe(5)
        #expect(unsafe Array(buffer.bytes) == [0, 0, 0, 0, 0, 6, 7, 8])
        var array: [UInt8] = [1, 2, 3]
        WipedBytes.wipe(&array)
        #expect(array == [0, 0, 0])
        let kept: [UInt8] = [1, 2, 3]
        WipedBytes.wipeStorage(of: kept)
        #expect(kept == [0, 0, 0])
    }

    @Test func `a library is found by one of its names, and its functions by theirs`() throws {
        typealias Absolute = @convention(c) (CInt) -> CInt
        let library = try DynamicLibrary("libnone.so.9", "libc.so.6")
        #expect(library.name == "libc.so.6")
        #expect(try unsafe library.symbol("abs", as: Absolute.self)(-7) == 7)
        #expect(throws: DynamicLibrary.LoadError.noSymbol("no_such_function", library: "libc.so.6")) {
            _ = try unsafe library.symbol("no_such_function", as: Absolute.self)
        }
        do throws(DynamicLibrary.LoadError) {
            _ = try DynamicLibrary("libnone.so.9", "libnone.so.8")
            Issue.record("there is such a library")
        } catch {
            #expect(error.description.hasPrefix("cannot load libnone.so.9 or libnone.so.8: libnone.so.8: cannot open"))
        }
    }
}

struct ProcessSurroundingsTests {
    @Test func `the environment is the one that Foundation reads`() {
        #expect(ProcessSurroundings.environment == ProcessInfo.processInfo.environment)
    }

    @Test func `as many processors count as Foundation counts`() {
        #expect(ProcessSurroundings.processors == ProcessInfo.processInfo.activeProcessorCount)
    }
}
