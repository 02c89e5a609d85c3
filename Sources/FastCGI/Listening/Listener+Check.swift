import Glibc
import System

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
