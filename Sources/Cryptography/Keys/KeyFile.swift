/// The keys of an installation, as their file has them: the first one is in use, the others are still read.
///
/// The file is text. Its first line is `postern-keys 1`, with the version of the form; each other one is a key: its
/// identifier, the moment of its making in seconds since 1970, and its 32 random bytes in base64url without padding,
/// with one space between them.
///
/// ```
/// postern-keys 1
/// key_6c8a1f3b2d4e5f7a 1770561885 vJx0…
/// ```
///
/// A line that is not understood is refused, since a key that was passed over would be missed much later.
public struct KeyFile: Sendable {
    /// A key of the installation.
    public struct Key: Sendable {
        /// The bytes of a key.
        static let length = 32
        /// The last moment that a file can have: the end of the year 9999.
        static let lastMoment: Int64 = 253_402_300_799

        /// The identifier.
        public let id: KeyID
        /// The moment of its making, in seconds since 1970.
        public let createdAt: Int64
        /// The 32 bytes, from which the keys of the uses are derived.
        let secret: Secret

        /// Draws a key.
        ///
        /// - Throws: `CryptographyError.noRandomness`.
        public init(createdAt: Int64, random: any RandomSource) throws(CryptographyError) {
            id = try KeyID(random: random)
            self.createdAt = min(max(createdAt, 0), Self.lastMoment)
            secret = Secret(try random.bytes(Self.length))
        }

        init(id: KeyID, createdAt: Int64, secret: Secret) {
            self.id = id
            self.createdAt = createdAt
            self.secret = secret
        }
    }

    /// The most keys of a file. A rotation needs two.
    public static let mostKeys = 16
    /// The most bytes of a file, more than those of the most keys.
    static let maximumLength = 2048

    /// The keys, at least one, the one in use first. No two have the same identifier or the same bytes.
    public private(set) var keys: [Key]

    /// Makes a file with one key, which is in use.
    public init(_ first: Key) {
        keys = [first]
    }

    init(keys: [Key]) {
        precondition(!keys.isEmpty && keys.count <= Self.mostKeys, "a key file has 1 to \(Self.mostKeys) keys")
        self.keys = keys
    }

    /// The key in use.
    public var inUse: Key { keys[0] }

    /// Adds a key, which is read but not in use.
    ///
    /// - Throws: `KeyFileFault.tooManyKeys`.
    public mutating func add(_ key: Key) throws(KeyFileFault) {
        guard keys.count < Self.mostKeys else { throw .tooManyKeys }
        keys.append(key)
    }

    /// Puts a key into use; the one before it is still read.
    ///
    /// - Returns: `false`, and changes nothing, if there is no such key.
    public mutating func use(_ id: KeyID) -> Bool {
        guard let index = keys.firstIndex(where: { $0.id == id }) else { return false }
        keys.insert(keys.remove(at: index), at: 0)
        return true
    }

    /// Removes a key that is not in use.
    ///
    /// - Returns: `false`, and changes nothing, if there is no such key, or it is in use.
    public mutating func remove(_ id: KeyID) -> Bool {
        guard let index = keys.firstIndex(where: { $0.id == id }), index > 0 else { return false }
        keys.remove(at: index)
        return true
    }
}

/// The reason why a key file cannot be read or written.
public enum KeyFileFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system refuses; `code` is the error number.
    case system(reason: String, code: Int32)
    /// Others than its owner and root may read or change it, or it is not a plain file.
    case unsafe(reason: String)
    /// It could not be written, and is as it was.
    case notWritten(reason: String)
    /// A new file would take the place of this one.
    case exists(String)
    /// Another command is changing the file with this path.
    case busy(String)
    /// It has no key.
    case noKey
    /// It has more keys than a file may have, or more bytes.
    case tooManyKeys
    /// A line is not understood; lines count from 1.
    case line(Int, reason: String)

    /// The fault and its remedy. Nothing of the file's text is in it.
    public var description: String {
        switch self {
        case .system(let reason, _), .unsafe(let reason), .notWritten(let reason): reason
        case .exists(let path): "\(path) exists already, and its keys are not replaced: see `postern key add`"
        case .busy(let path): "another command is changing \(path): try again"
        case .noKey: "it has no key: remove the file, and make another one with `postern key create`"
        case .tooManyKeys:
            "a key file has at most \(KeyFile.mostKeys) keys, and this one has them, or is longer: remove the old ones"
        case .line(let number, let reason): "line \(number) is not understood: \(reason)"
        }
    }
}
