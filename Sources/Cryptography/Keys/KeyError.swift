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
