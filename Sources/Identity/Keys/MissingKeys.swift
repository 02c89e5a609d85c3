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
