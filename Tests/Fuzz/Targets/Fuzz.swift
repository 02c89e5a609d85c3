import FuzzDriver
import Glibc

/// Tries the target that `POSTERN_FUZZ_TARGET` names with inputs that libFuzzer makes up, until one ends the process.
@main enum Fuzz {
    static func main() {
        // libFuzzer hands nothing on but bytes.
        let name = unsafe getenv("POSTERN_FUZZ_TARGET").map { unsafe String(cString: $0) }
        guard let target = name.flatMap({ Target(rawValue: $0) }) else {
            print("POSTERN_FUZZ_TARGET is to be one of: \(Target.allCases.map(\.rawValue).joined(separator: " "))")
            exit(64)
        }
        FuzzDriver.run { target.run($0) }
    }
}
