import CLinux
import Glibc

/// A shared library that is loaded when it is first needed, so that a host without it and a process that does not need
/// it pay nothing. It stays loaded.
///
/// ```swift
/// let library = try DynamicLibrary("libldap-2.5.so.0", "libldap.so.2")
/// typealias Unbind = @convention(c) (OpaquePointer?) -> CInt
/// let unbind = unsafe try library.symbol("ldap_unbind", as: Unbind.self)
/// ```
@safe public struct DynamicLibrary: Sendable {
    /// The failure of the loader.
    public enum LoadError: Error, Sendable, Equatable, CustomStringConvertible {
        /// None of the names is a library of this host; `reason` is the loader's for the last one.
        case notFound(names: [String], reason: String)
        /// The library has no such symbol.
        case noSymbol(String, library: String)

        /// The failure in a sentence.
        public var description: String {
            switch self {
            case .notFound(let names, let reason):
                "cannot load \(names.joined(separator: " or ")): \(reason)"
            case .noSymbol(let name, let library): "\(library) has no function \(name)"
            }
        }
    }

    /// The name under which the library was found.
    public let name: String
    // The loader's handle: valid for the life of the process, and its functions may be called on any thread.
    private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    /// Loads the first library that the host has, with all its symbols and for this caller alone
    /// (`RTLD_NOW | RTLD_LOCAL`).
    ///
    /// - Parameter names: the names to try, as the loader wants them (`libidn2.so.0`).
    public init(_ names: String...) throws(LoadError) {
        for name in names {
            if let handle = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) {
                self.name = name
                unsafe self.handle = unsafe handle
                return
            }
        }
        throw .notFound(names: names, reason: unsafe dlerror().map { unsafe String(cString: $0) } ?? "")
    }

    /// A function of the library.
    ///
    /// - Parameters:
    ///   - name: the name of its symbol.
    ///   - type: a `@convention(c)` type, which must be that of the library's header: nothing can check it.
    @unsafe public func symbol<Function>(_ name: String, as type: Function.Type) throws(LoadError) -> Function {
        precondition(MemoryLayout<Function>.size == MemoryLayout<Int>.size, "not a C function")
        guard let symbol = unsafe dlsym(handle, name) else { throw .noSymbol(name, library: self.name) }
        return unsafe unsafeBitCast(symbol, to: type)
    }
}

/// The program's own code and constants in memory, a mapping of its file.
public enum ProgramImage {
    /// Takes out of memory what is there of it, which comes back page by page when it is used.
    ///
    /// A start touches what is never used again, and the kernel maps 64 KiB around each page that is touched: of the
    /// 14.6 MiB of an idle process 7.3 are code and constants, of which 4 come back.
    public static func release() {
        // If it fails, it stays.
        _ = postern_release_program()
    }
}
