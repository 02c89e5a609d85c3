public import Cryptography
import Synchronization

/// The names of the secrets that an installation has for itself: made once, of 32 random bytes, and sealed in the
/// store, so that a rotation of the keys changes none of them.
///
/// A name that was released is never changed: it is part of what is sealed.
public enum SecretName: String, Sendable, CaseIterable {
    /// The key of the digests by which attempts are counted.
    case throttle
    /// The key of the codes of recovery codes.
    case recoveryCodes = "recovery-codes"
}

/// The installation's own secrets, as far as this process has read them: each once, when something needs it first.
final class Secrets: Sendable {
    /// The bytes of a secret.
    private static let length = 32

    /// A secret, or the reason for which these keys do not open it.
    private final class Opened: Sendable {
        let result: Result<Secret, KeyError>

        init(_ result: Result<Secret, KeyError>) { self.result = result }
    }

    private let keyring: Keyring?
    private let throttle = AtomicLazyReference<Opened>()
    private let recoveryCodes = AtomicLazyReference<Opened>()

    /// - Parameter keyring: the keys that open and seal them; `nil` for a process without any.
    init(_ keyring: Keyring?) { self.keyring = keyring }

    /// Reads a secret, or makes it if there is none yet.
    ///
    /// - Throws: `.keys`, `.store`, `.cryptography`.
    func secret(
        _ name: SecretName, in store: any SecretStore, random: any RandomSource
    ) throws(AuthenticationError) -> Secret {
        guard let keyring else { throw .keys(.none) }
        let opened: Opened
        if let kept = kept(name) {
            opened = kept
        } else {
            opened = keep(Opened(try open(name, by: keyring, in: store, random: random)), as: name)
        }
        do throws(KeyError) { return try opened.result.get() } catch { throw AuthenticationError(error) }
    }

    private func open(
        _ name: SecretName, by keyring: Keyring, in store: any SecretStore, random: any RandomSource
    ) throws(AuthenticationError) -> Result<Secret, KeyError> {
        let owner = SealedRow.Owner.secret(name: name.rawValue)
        let sealed = try sealed(name, by: keyring, in: store, random: random)
        do throws(KeyError) {
            return .success(try keyring.open(sealed.bytes, for: owner.purpose, of: owner.subject))
        } catch {
            // What may work the next time is not kept.
            if case .cryptography = error { throw AuthenticationError(error) }
            return .failure(error)
        }
    }

    /// The secret that stands in the store. Of several processes that make it at once, all get the one that was first.
    private func sealed(
        _ name: SecretName, by keyring: Keyring, in store: any SecretStore, random: any RandomSource
    ) throws(AuthenticationError) -> SealedValue {
        do throws(StoreError) {
            if let standing = try store.secret(name) { return standing }
        } catch {
            throw .store(error)
        }
        let owner = SealedRow.Owner.secret(name: name.rawValue)
        let made: SealedValue
        do throws(KeyError) {
            made = try owner.sealed(try Self.draw(random), by: keyring, random: random)
        } catch {
            throw AuthenticationError(error)
        }
        let standing: SealedValue?
        do throws(StoreError) { standing = try store.insert(made, as: name) } catch { throw .store(error) }
        guard let standing else { throw .keys(.refused(.retired(made.key))) }
        return standing
    }

    private static func draw(_ random: any RandomSource) throws(KeyError) -> Secret {
        do throws(CryptographyError) { return Secret(try random.bytes(length)) } catch { throw .cryptography(error) }
    }

    private func kept(_ name: SecretName) -> Opened? {
        switch name {
        case .throttle: throttle.load()
        case .recoveryCodes: recoveryCodes.load()
        }
    }

    private func keep(_ opened: Opened, as name: SecretName) -> Opened {
        switch name {
        case .throttle: throttle.storeIfNil(opened)
        case .recoveryCodes: recoveryCodes.storeIfNil(opened)
        }
    }
}

extension AuthenticationService {
    /// A secret of the installation itself: 32 bytes, made once, and sealed in the store under the keys.
    ///
    /// The store is read at the first call of a process alone.
    ///
    ///     let code = try HMACSHA256.code(of: message, key: secret(.recoveryCodes))
    ///
    /// - Throws: `.keys` if the process has no keys, or they do not open it; `.store`, `.cryptography`.
    public func secret(_ name: SecretName) throws(AuthenticationError) -> Secret {
        try secrets.secret(name, in: store, random: random)
    }
}

extension AuthenticationError {
    /// The error that a failure of the keys stands for.
    init(_ error: KeyError) {
        if case .cryptography(let reason) = error {
            self = .cryptography(reason: reason.description)
        } else {
            self = .keys(.refused(error))
        }
    }
}
