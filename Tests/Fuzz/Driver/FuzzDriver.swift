import CLibFuzzer
import Glibc

/// libFuzzer's loop, for the programs that try their targets with the inputs that it makes up.
public enum FuzzDriver {
    // Set once, before libFuzzer calls anything, and read on its one thread.
    fileprivate nonisolated(unsafe) static var target: ([UInt8]) -> Void = { _ in }

    /// Tries a target until an input ends the process, or the time is up. The command line is libFuzzer's, which starts
    /// this program again for some of its work.
    public static func run(_ target: @escaping ([UInt8]) -> Void) -> Never {
        unsafe Self.target = target
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
        exit(unsafe LLVMFuzzerRunDriver(&count, &arguments, unsafe fuzzOneInput))
    }
}

/// The name by which libFuzzer's own main, which is linked but never called, knows what to call.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    unsafe FuzzDriver.target(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
