import Glibc
import System

/// The reason for which a `Listener` could not be made. The description names the remedy.
public enum ListenerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process answers there.
    case inUse(ListenAddress)
    /// Only a Unix socket that the process makes itself can be taken over.
    case noTakeOver(ListenAddress)
    /// A file that is not a socket stands at the path. It was left alone.
    case notASocket(path: String)
    /// The path is longer than 107 bytes (`sun_path`), or its folder too long for the name under which the socket is
    /// made.
    case pathTooLong(path: String)
    /// The folder of the socket does not exist.
    case folderMissing(path: String)
    /// This process may not listen there.
    case permission(ListenAddress)
    /// The system has no such group.
    case unknownGroup(String)
    /// This process may not give the socket to the group.
    case groupNotAllowed(String)
    /// The host name has no address, or no interface of this machine has it.
    case hostUnknown(ListenAddress)
    /// The inherited descriptor is not a listening stream socket.
    case notListening(descriptor: Int32)
    /// Any other failure of a system call; `code` is its `errno`.
    case system(call: String, code: Int32)

    /// The failure, and the remedy.
    public var description: String {
        switch self {
        case .inUse(let address):
            "\(address) is in use: stop the process that answers there, take it over, or choose another address"
        case .noTakeOver(let address):
            "\(address) cannot be taken over: only a Unix socket can; an inherited socket needs no taking over"
        case .notASocket(let path): "\(path) exists and is not a socket: move it away, or choose another path"
        case .pathTooLong(let path): "\(path) is too long: a socket's path has at most 107 bytes, and its folder 97"
        case .folderMissing(let path): pathFault(path, ENOENT)
        case .permission(let address): "no permission to listen at \(address): check the folder's owner, or the port"
        case .unknownGroup(let name): "there is no group \"\(name)\""
        case .groupNotAllowed(let name):
            "no permission to give the socket to group \"\(name)\": make this user a member of it"
        case .hostUnknown(let address): "\(address): this machine has no such address"
        case .notListening(let descriptor):
            "descriptor \(descriptor) is not a listening stream socket: check who starts this process, and how"
        case .system(let call, let code): "\(call): \(errorText(code))"
        }
    }
}

extension ListenerError {
    /// The error of a socket, as one of the address that was asked for.
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

extension Listener {
    /// The fault that would keep a listener from being made at an address, as far as can be told without making it. A
    /// process that listens there already is not one.
    public static func fault(in address: ListenAddress) -> ListenerError? {
        guard case .unix(let path, _, let group) = address else { return nil }
        if let group, groupNumber(group) == nil { return .unknownGroup(group) }
        guard path.utf8.count <= UnixAddress.longestPath else { return .pathTooLong(path: path) }
        let folder = String(path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex))
        switch unsafe access(folder, W_OK | X_OK) == 0 ? 0 : errno {
        case 0: return nil
        case ENOENT, ENOTDIR: return .folderMissing(path: path)
        default: return .permission(address)
        }
    }
}
