import CArgon2
import System

/// Argon2id computed by the reference library, libargon2, which is loaded when it is first needed.
///
/// ```swift
/// let library = try Argon2Library()
/// let output = try library.derive(password, salt: salt, length: 32, parameters)
/// ```
@safe struct Argon2Library: Sendable {
    private typealias Compute = @convention(c) (UnsafeMutablePointer<postern_argon2_context>?) -> CInt
    private typealias Message = @convention(c) (CInt) -> UnsafePointer<CChar>?

    /// The version 1.3 of the algorithm.
    private static let version: UInt32 = 0x13

    private let compute: Compute
    private let message: Message

    /// Loads the library.
    init(_ name: String = "libargon2.so.1") throws(DynamicLibrary.LoadError) {
        let library = try DynamicLibrary(name)
        // The types are those of <argon2.h>, which are part of the library's version 1.
        unsafe compute = try unsafe library.symbol("argon2id_ctx", as: Compute.self)
        unsafe message = try unsafe library.symbol("argon2_error_message", as: Message.self)
    }

    /// Derives `length` bytes from a password, on the calling thread alone: its processor's time is what a check costs.
    ///
    /// - Throws: `CryptographyError.failed`, most often for want of memory.
    func derive(
        _ password: Secret, salt: [UInt8], length: Int, _ parameters: Argon2id
    ) throws(CryptographyError) -> [UInt8] {
        var (output, salt) = ([UInt8](repeating: 0, count: length), salt)
        let code = password.withSpan { password in
            unsafe password.withUnsafeBufferPointer { password in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    unsafe salt.withUnsafeMutableBufferPointer { salt in
                        var context = unsafe postern_argon2_context()
                        unsafe context.out = output.baseAddress
                        unsafe context.outlen = UInt32(output.count)
                        // Without the flag to clear it, the library only reads the password.
                        unsafe context.pwd = unsafe UnsafeMutablePointer(mutating: password.baseAddress)
                        unsafe context.pwdlen = UInt32(password.count)
                        unsafe context.salt = salt.baseAddress
                        unsafe context.saltlen = UInt32(salt.count)
                        unsafe context.t_cost = UInt32(parameters.passes)
                        unsafe context.m_cost = UInt32(parameters.memoryKiB)
                        unsafe context.lanes = UInt32(parameters.lanes)
                        unsafe context.threads = 1
                        unsafe context.version = Self.version
                        return unsafe compute(&context)
                    }
                }
            }
        }
        guard code == 0 else {
            let reason = unsafe message(code).map { unsafe String(cString: $0) } ?? "error \(code)"
            throw .failed(operation: "libargon2's Argon2id", reason: reason)
        }
        return output
    }
}
