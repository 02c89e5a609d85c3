/// The values against which the second factors of an account are checked.
public struct FactorMaterial: Sendable, Equatable {
    /// A TOTP generator.
    public struct Generator: Sendable, Equatable {
        /// The factor.
        public let id: Identifier<Factor>
        /// The shared secret, sealed.
        public let sealed: [UInt8]
        /// The last step whose code was used; `nil` for none.
        public let lastStep: Int64?

        /// Creates a generator from its parts.
        public init(id: Identifier<Factor>, sealed: [UInt8], lastStep: Int64?) {
            self.id = id
            self.sealed = sealed
            self.lastStep = lastStep
        }
    }

    /// A passkey or security key.
    public struct Key: Sendable, Equatable {
        /// The factor.
        public let id: Identifier<Factor>
        /// The credential.
        public let credential: WebAuthn.StoredCredential
        /// The ways in which its authenticator is reached.
        public let transports: [String]
        /// True if it may be backed up, so that its counter may go back.
        public let isBackupEligible: Bool

        /// Creates a key from its parts.
        public init(
            id: Identifier<Factor>, credential: WebAuthn.StoredCredential, transports: [String], isBackupEligible: Bool
        ) {
            self.id = id
            self.credential = credential
            self.transports = transports
            self.isBackupEligible = isBackupEligible
        }

        /// The credential as options name it.
        public var descriptor: WebAuthn.Descriptor { .init(id: credential.id, transports: transports) }
    }

    /// The account.
    public let account: Identifier<Account>
    /// The generators whose set-up was confirmed.
    public let generators: [Generator]
    /// The passkeys and security keys.
    public let keys: [Key]
    /// The digests of the recovery codes that are left.
    public let recoveryCodes: [[UInt8]]
    /// The method used last; none if none was used.
    public let lastMethod: AuthenticationMethods

    /// Creates it from its parts.
    public init(
        account: Identifier<Account>, generators: [Generator], keys: [Key], recoveryCodes: [[UInt8]],
        lastMethod: AuthenticationMethods
    ) {
        self.account = account
        self.generators = generators
        self.keys = keys
        self.recoveryCodes = recoveryCodes
        self.lastMethod = lastMethod
    }

    /// The methods by which the account's holder can prove a second factor, the one used last first.
    public var methods: [SecondFactorMethod] {
        var methods: AuthenticationMethods = []
        if !generators.isEmpty { methods.insert(.totp) }
        if !keys.isEmpty { methods.insert(.passkey) }
        if !recoveryCodes.isEmpty { methods.insert(.recoveryCode) }
        return SecondFactorMethod.of(methods, last: lastMethod)
    }
}

/// A passkey or security key with its account, as an answer without a password names it.
public struct RegisteredKey: Sendable, Equatable {
    /// The account.
    public let account: Account
    /// The key.
    public let key: FactorMaterial.Key

    /// Creates it from its parts.
    public init(account: Account, key: FactorMaterial.Key) {
        self.account = account
        self.key = key
    }
}

/// A second factor that was proved, to be noted as used in the transaction of what it was proved for. A code or
/// assertion that was used before then counts for nothing.
public struct FactorUse: Sendable, Equatable {
    /// The trace that the use leaves.
    public enum Trace: Sendable, Equatable {
        /// The step of a code, later than the last one.
        case totp(Identifier<Factor>, step: Int64)
        /// The digest of a recovery code, which is removed.
        case recoveryCode([UInt8])
        /// The counter of an assertion, and the backup state that it told.
        case assertion(Identifier<Factor>, WebAuthn.Assertion)
    }

    /// The trace.
    public let trace: Trace

    /// Creates a use from its trace.
    public init(_ trace: Trace) { self.trace = trace }

    /// The method.
    public var method: SecondFactorMethod {
        switch trace {
        case .totp: .totp
        case .recoveryCode: .recoveryCode
        case .assertion: .passkey
        }
    }

    /// The factor; `nil` for a recovery code.
    public var factor: Identifier<Factor>? {
        switch trace {
        case .totp(let id, _), .assertion(let id, _): id
        case .recoveryCode: nil
        }
    }
}
