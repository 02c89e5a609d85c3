import CLinux
import Glibc

/// The surroundings of this process, as the kernel gave them.
///
/// FoundationEssentials has them too, but took 350,000 of the 5.6 million instructions of `postern --version`, and
/// 1.3 MiB of the memory of an idle server.
public enum ProcessSurroundings {
    /// The environment variables. Of two with the same name the later one counts; a text without `=` is none.
    ///
    /// Call it before other threads are started, which might change them meanwhile.
    public static var environment: [String: String] {
        var variables: [String: String] = [:]
        guard var entry = unsafe postern_environment() else { return variables }
        while let text = unsafe entry.pointee {
            let bytes = unsafe UnsafeRawBufferPointer(start: text, count: strlen(text))
            if let equals = unsafe bytes.firstIndex(of: UInt8(ascii: "=")) {
                let (name, value) = unsafe (bytes[..<equals], bytes[(equals + 1)...])
                unsafe variables[String(decoding: name, as: UTF8.self)] = unsafe String(decoding: value, as: UTF8.self)
            }
            unsafe entry += 1
        }
        return variables
    }

    /// The number of processors that this process may run on, at least one.
    public static var processors: Int { max(1, Int(postern_processors())) }
}
