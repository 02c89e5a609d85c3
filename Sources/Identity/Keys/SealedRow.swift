public import Cryptography

/// A value as the store keeps it: sealed under a key of the installation.
public struct SealedValue: Sendable, Equatable {
    /// The bytes, as `Keyring.seal` made them.
    public let bytes: [UInt8]
    /// The key that sealed them.
    public let key: KeyID

    /// Creates a value from its parts.
    public init(bytes: [UInt8], key: KeyID) {
        self.bytes = bytes
        self.key = key
    }
}

/// The tables with sealed values: all that a rotation moves to another key, and that the removal of a key waits for.
public enum SealedTable: Sendable, CaseIterable {
    /// The secrets of the installation.
    case secret
    /// The factors, of which TOTP generators have a secret.
    case factor
}

/// A row with a sealed value.
public struct SealedRow: Sendable, Equatable {
    /// The owner of a value, which is the key of its row, and decides its purpose and its subject.
    public enum Owner: Sendable, Equatable {
        /// The installation; the name is that of a `SecretName`, or one of a later version.
        case secret(name: String)
        /// A generator of an account.
        case factor(Identifier<Factor>, account: Identifier<Account>)
    }

    /// The owner.
    public let owner: Owner
    /// The value.
    public let value: SealedValue

    /// Creates a row from its parts.
    public init(owner: Owner, value: SealedValue) {
        self.owner = owner
        self.value = value
    }
}

extension SealedRow.Owner {
    /// Seals a secret of this owner.
    func sealed(_ secret: Secret, by keyring: Keyring, random: any RandomSource) throws(KeyError) -> SealedValue {
        SealedValue(
            bytes: try keyring.seal(secret, for: purpose, of: subject, random: random), key: keyring.inUse)
    }

    /// The use for which the value is sealed.
    var purpose: KeyPurpose {
        switch self {
        case .secret: .storedSecret
        case .factor: .totpSecret
        }
    }

    /// The subject of the value (`Keyring.seal`).
    var subject: String {
        switch self {
        case .secret(let name): name
        case .factor(let id, let account): "\(account) \(id)"
        }
    }
}
