import System

/// The keys of an installation at work: they seal secrets that must come back in clear, and make the codes of values
/// that need not.
///
/// ```swift
/// let sealed = try keys.seal(secret, for: .totpSecret, of: "\(account)", random: random)
/// let secret = try keys.open(sealed, for: .totpSecret, of: "\(account)")
/// ```
///
/// Each value begins with its version and the identifier of its key, so that it is known which key it needs. A sealed
/// one goes on with a nonce of 12 bytes, the ciphertext and a tag of 16 (AES-256-GCM); a code with 32 bytes of HMAC
/// with SHA-256. Purpose and subject are part of what is authenticated: a value that is moved to another account, or
/// used for something else, is `KeyError.damaged`.
public struct Keyring: Sendable {
    /// The version of the values' form.
    private static let version: UInt8 = 1
    /// The bytes of version and identifier.
    static let headerLength = 1 + KeyID.length
    /// The most bytes of a secret that is sealed.
    public static let longestSecret = 65_536
    /// The bytes by which a sealed value is longer than its secret.
    static let overhead = headerLength + AESGCM.nonceLength + AESGCM.tagLength
    /// The bytes of a code.
    static let codeLength = headerLength + 32

    private let keys: [KeyFile.Key]

    /// Puts the keys of a file to work.
    public init(_ file: KeyFile) {
        keys = file.keys
    }

    /// The identifiers of the keys, the one in use first.
    public var ids: [KeyID] { keys.map(\.id) }

    /// The identifier of the key in use.
    public var inUse: KeyID { keys[0].id }

    /// The identifier of the key that made a value; `nil` if it is too short, or of a form that is not known.
    public static func keyID(of value: [UInt8]) -> KeyID? {
        guard value.count >= overhead, value[0] == version else { return nil }
        return KeyID(bytes: value[1..<headerLength])
    }

    /// Seals a secret under the key in use.
    ///
    /// - Parameters:
    ///   - secret: at most 64 KiB.
    ///   - subject: the owner of the value, such as an account and a factor; it is not secret, and not in the value.
    /// - Throws: `KeyError.cryptography`.
    public func seal(
        _ secret: Secret, for purpose: KeyPurpose, of subject: String, random: any RandomSource
    ) throws(KeyError) -> [UInt8] {
        precondition(secret.count <= Self.longestSecret, "a secret to be sealed has at most 64 KiB")
        let header = Self.header(inUse)
        do throws(CryptographyError) {
            let nonce = try random.bytes(AESGCM.nonceLength)
            let sealed = try AESGCM.seal(
                secret, key: keys[0].derived(for: purpose), nonce: nonce,
                associatedData: purpose.context(header, subject))
            return header + nonce + sealed
        } catch {
            throw .cryptography(error)
        }
    }

    /// Opens what `seal` made, under whichever key it was.
    ///
    /// - Throws: `KeyError`.
    public func open(_ sealed: [UInt8], for purpose: KeyPurpose, of subject: String) throws(KeyError) -> Secret {
        guard (Self.overhead...Self.overhead + Self.longestSecret).contains(sealed.count) else { throw .damaged }
        let key = try key(of: sealed)
        let (header, rest) = (Array(sealed[..<Self.headerLength]), sealed[Self.headerLength...])
        do throws(CryptographyError) {
            let opened = try AESGCM.open(
                rest.dropFirst(AESGCM.nonceLength), key: key.derived(for: purpose),
                nonce: Array(rest.prefix(AESGCM.nonceLength)), associatedData: purpose.context(header, subject))
            if let opened { return opened }
        } catch {
            throw .cryptography(error)
        }
        throw .damaged
    }

    /// The code of a message under the key in use.
    ///
    /// - Throws: `KeyError.cryptography`.
    public func code(of message: [UInt8], for purpose: KeyPurpose, of subject: String) throws(KeyError) -> [UInt8] {
        try Self.code(of: message, for: purpose, of: subject, keys[0])
    }

    /// The codes of a message under each key, the one in use first: one of them is stored, if any.
    ///
    /// - Throws: `KeyError.cryptography`.
    public func codes(of message: [UInt8], for purpose: KeyPurpose, of subject: String) throws(KeyError) -> [[UInt8]] {
        var codes: [[UInt8]] = []
        for key in keys { codes.append(try Self.code(of: message, for: purpose, of: subject, key)) }
        return codes
    }

    /// Tells whether a code is that of a message, in a time that does not depend on where the two differ.
    ///
    /// - Throws: `KeyError`, also `.damaged` if it is not a code.
    public func verifies(
        _ code: [UInt8], of message: [UInt8], for purpose: KeyPurpose, of subject: String
    ) throws(KeyError) -> Bool {
        guard code.count == Self.codeLength else { throw .damaged }
        let key = try key(of: code)
        return constantTimeEqual(code, try Self.code(of: message, for: purpose, of: subject, key))
    }

    /// The keys of a purpose themselves, the one in use first, for a value that has a form of its own.
    ///
    /// - Throws: `KeyError.cryptography`.
    public func derivedKeys(for purpose: KeyPurpose) throws(KeyError) -> [(id: KeyID, key: Secret)] {
        do throws(CryptographyError) {
            var derived: [(id: KeyID, key: Secret)] = []
            for key in keys { derived.append((key.id, try key.derived(for: purpose))) }
            return derived
        } catch {
            throw .cryptography(error)
        }
    }

    private func key(of value: [UInt8]) throws(KeyError) -> KeyFile.Key {
        guard let id = Self.keyID(of: value) else { throw .damaged }
        guard let key = keys.first(where: { $0.id == id }) else { throw .unknownKey(id) }
        return key
    }

    private static func code(
        of message: [UInt8], for purpose: KeyPurpose, of subject: String, _ key: KeyFile.Key
    ) throws(KeyError) -> [UInt8] {
        let header = header(key.id)
        var text = purpose.context(header, subject)
        // The message may be a secret: it is copied once.
        text.reserveCapacity(text.count + message.count)
        text += message
        defer { WipedBytes.wipe(&text) }
        do throws(CryptographyError) {
            return header + (try HMACDigest.of(text, key: key.derived(for: purpose), .sha256))
        } catch {
            throw .cryptography(error)
        }
    }

    private static func header(_ id: KeyID) -> [UInt8] { [version] + id.bytes }
}

/// The reason why the installation's keys could not make or open a value.
public enum KeyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The value was made by a key that is not in the key file: what needs it is unavailable until that key is back.
    case unknownKey(KeyID)
    /// The key that seals here was removed from the installation's key file since the process has read that.
    case retired(KeyID)
    /// The value is not one that was made for this purpose and subject, or was changed since.
    case damaged
    /// The cryptographic library failed.
    case cryptography(CryptographyError)

    /// The reason, for the operator.
    public var description: String {
        switch self {
        case .unknownKey(let id): "the key \(id) is not in the key file: put it back, from the backup of the file"
        case .retired(let id):
            "the key \(id), which seals here, was removed from the key file: restart or reload this process, or put "
                + "another key into use"
        case .damaged: "a sealed value is damaged, or belongs elsewhere: restore it from a backup"
        case .cryptography(let error): error.description
        }
    }
}
