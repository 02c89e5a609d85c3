import System

/// Why a `Listener` could not be made. The description says what to do about it.
public enum ListenerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process answers there.
    case inUse(ListenAddress)
    /// What is no Unix socket of one's own cannot be taken over.
    case noTakeOver(ListenAddress)
    /// Something that is no socket stands at the path. It was left alone.
    case notASocket(path: String)
    /// The path is too long for a socket's address (`sun_path`: 107 bytes), or its folder for the name under which the
    /// socket is made.
    case pathTooLong(path: String)
    /// The folder of the socket does not exist.
    case folderMissing(path: String)
    /// This process may not listen there.
    case permission(ListenAddress)
    /// No such group.
    case unknownGroup(String)
    /// This process may not give the socket to the group.
    case groupNotAllowed(String)
    /// The host name has no address, or no interface of this machine has it.
    case hostUnknown(ListenAddress)
    /// The inherited descriptor is no listening stream socket.
    case notListening(descriptor: Int32)
    /// Any other failure of a system call; `code` is its `errno`.
    case system(call: String, code: Int32)

    /// What failed, and what to do about it.
    public var description: String {
        switch self {
        case .inUse(let address):
            "\(address) is in use: stop the process that answers there, take it over, or choose another address"
        case .noTakeOver(let address):
            "\(address) cannot be taken over: only a Unix socket can; an inherited socket needs no taking over"
        case .notASocket(let path): "\(path) exists and is no socket: move it away, or choose another path"
        case .pathTooLong(let path): "\(path) is too long: a socket's path has at most 107 bytes, and its folder 97"
        case .folderMissing(let path): "the folder of \(path) does not exist: make it first"
        case .permission(let address): "no permission to listen at \(address): check the folder's owner, or the port"
        case .unknownGroup(let name): "there is no group \"\(name)\""
        case .groupNotAllowed(let name):
            "no permission to give the socket to group \"\(name)\": make this user a member of it"
        case .hostUnknown(let address): "\(address): this machine has no such address"
        case .notListening(let descriptor):
            "descriptor \(descriptor) is no listening stream socket: check who starts this process, and how"
        case .system(let call, let code): "\(call): \(errorText(code))"
        }
    }
}

extension ListenerError {
    /// The same about the address that was asked for.
    init(_ error: UnixSocketError, at address: ListenAddress) {
        let path = if case .unix(let path, _, _) = address { path } else { "" }
        switch error {
        case .inUse: self = .inUse(address)
        case .notASocket: self = .notASocket(path: path)
        case .pathTooLong: self = .pathTooLong(path: path)
        case .folderMissing: self = .folderMissing(path: path)
        case .notPermitted: self = .permission(address)
        case .unknownGroup(let name): self = .unknownGroup(name)
        case .groupNotAllowed(let name): self = .groupNotAllowed(name)
        case .system(let call, let code): self = .system(call: call, code: code)
        }
    }
}
