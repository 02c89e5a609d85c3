public import Cryptography

/// The reason why the process cannot do what needs the installation's keys.
public enum MissingKeys: Error, Sendable, Equatable, CustomStringConvertible {
    /// The process has no keys.
    case none
    /// The keys did not open a value.
    case refused(KeyError)

    /// The reason and its remedy, for the operator. It is never part of a response.
    public var description: String {
        switch self {
        case .none:
            "this needs the installation's keys, which the process does not have: name the key file in "
                + "POSTERN_KEY_FILE, as a user who may read it; a shell does not see the file that systemd hands to "
                + "the service"
        case .refused(let error): error.description
        }
    }
}

extension AuthenticationService {
    /// Runs an operation of the installation's keys.
    ///
    /// - Throws: `.keys`, `.cryptography`.
    func withKeys<Value>(_ body: (Keyring) throws(KeyError) -> Value) throws(AuthenticationError) -> Value {
        guard let keyring else { throw .keys(.none) }
        do throws(KeyError) { return try body(keyring) } catch { throw AuthenticationError(error) }
    }
}
