import Glibc
import System

extension Listener {
    /// What would keep a listener from being made at an address, as far as can be told without making it. That somebody
    /// listens there already is no fault.
    public static func fault(in address: ListenAddress) -> ListenerError? {
        guard case .unix(let path, _, let group) = address else { return nil }
        if let group, groupNumber(group) == nil { return .unknownGroup(group) }
        guard path.utf8.count <= UnixAddress.longestPath else { return .pathTooLong(path: path) }
        let folder = String(path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex))
        if unsafe access(folder, W_OK | X_OK) == 0 { return nil }
        return errno == ENOENT || errno == ENOTDIR ? .folderMissing(path: path) : .permission(address)
    }
}
