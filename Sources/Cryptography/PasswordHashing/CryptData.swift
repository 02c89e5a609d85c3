import CCrypt
import Glibc
import System

/// The working memory of libcrypt (`crypt_data`, 32 KiB): on the heap since threads may have small stacks, and
/// overwritten with zeros when it goes away.
@safe struct CryptData: ~Copyable {
    /// The longest password that libcrypt takes, in bytes.
    static let maximumLength = Int(CRYPT_MAX_PASSPHRASE_SIZE) - 1

    private let data: UnsafeMutablePointer<crypt_data>

    /// Makes zeroed memory.
    init() {
        unsafe data = .allocate(capacity: 1)
        wipe()
    }

    deinit {
        wipe()
        unsafe data.deallocate()
    }

    private func wipe() {
        unsafe WipedBytes.wipe(UnsafeMutableRawBufferPointer(start: data, count: MemoryLayout<crypt_data>.size))
    }

    /// Hashes a password, up to its first zero and to `maximumLength`.
    ///
    /// - Parameters:
    ///   - password: the password.
    ///   - setting: a hash with the method, cost and salt to use.
    /// - Returns: the whole hash.
    /// - Throws: `CryptographyError.failed`.
    func hash(_ password: Secret, setting: String) throws(CryptographyError) -> [UInt8] {
        // The last byte of the field stays zero.
        password.withSpan { password in
            unsafe withUnsafeMutableBytes(of: &data.pointee.input) { input in
                for index in 0..<min(password.count, Self.maximumLength) { unsafe input[index] = password[index] }
            }
        }
        let size = Int32(MemoryLayout<crypt_data>.size)
        let result = unsafe withUnsafePointer(to: &data.pointee.input) { input in
            unsafe input.withMemoryRebound(to: CChar.self, capacity: Self.maximumLength + 1) { input in
                unsafe crypt_rn(input, setting, data, size)
            }
        }
        guard let result = unsafe result else {
            let code = errno
            throw .failed(operation: "libcrypt's crypt_rn", reason: errorText(code))
        }
        return unsafe Array(UnsafeRawBufferPointer(start: result, count: strlen(result)))
    }
}
