import CLibFuzzer
import Glibc

/// Tries the target that `POSTERN_FUZZ_TARGET` names with inputs that libFuzzer makes up, until one ends the process. The
/// command line is libFuzzer's, which starts this program again for some of its work.
@main enum Fuzz {
    /// libFuzzer hands nothing on but bytes.
    fileprivate static let target = unsafe getenv("POSTERN_FUZZ_TARGET").flatMap {
        Target(rawValue: unsafe String(cString: $0))
    }

    static func main() {
        guard target != nil else {
            print("POSTERN_FUZZ_TARGET is to be one of: \(Target.allCases.map(\.rawValue).joined(separator: " "))")
            exit(64)
        }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
        exit(unsafe LLVMFuzzerRunDriver(&count, &arguments, unsafe fuzzOneInput))
    }
}

/// The name by which libFuzzer's own main, which is linked but never called, knows what to call.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    Fuzz.target?.run(unsafe Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
