import CLinux
import Glibc

/// The rights of this process. It gives up all that it does not need.
///
/// Linux keeps most rights for each thread: call these functions before any thread is started.
///
/// ```swift
/// try ProcessRights.harden()
/// try ProcessRights.become(user: "postern", group: nil)
/// try ProcessRights.dropCapabilities()
/// ```
public enum ProcessRights {
    /// Keeps the memory of this process, which holds passwords, out of core dumps and from other processes of the same
    /// user, and lets no program that it might start gain rights (`no_new_privs`).
    public static func harden() throws(ProcessRightsError) {
        try check("prctl(PR_SET_DUMPABLE)", postern_prctl(PR_SET_DUMPABLE, 0, 0))
        try forbidCoreDumps()
        try check("prctl(PR_SET_NO_NEW_PRIVS)", postern_prctl(PR_SET_NO_NEW_PRIVS, 1, 0))
    }

    private static func forbidCoreDumps() throws(ProcessRightsError) {
        let kind = __rlimit_resource_t(RLIMIT_CORE.rawValue)
        // A sandbox may forbid the other call if the limit stands already.
        var limit = rlimit()
        if unsafe getrlimit(kind, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 { return }
        limit = rlimit(rlim_cur: 0, rlim_max: 0)
        try check("setrlimit(RLIMIT_CORE)", unsafe setrlimit(kind, &limit))
    }

    /// Becomes a user, with the groups that the system has for it. Only root can; it is no error to be that user
    /// already.
    ///
    /// - Parameters:
    ///   - user: a user's name.
    ///   - group: a group's name or number; `nil` is the user's own.
    public static func become(user: String, group: String?) throws(ProcessRightsError) {
        guard let (userNumber, ownGroup) = unsafe getpwnam(user).map({ unsafe ($0.pointee.pw_uid, $0.pointee.pw_gid) })
        else { throw .unknownUser(user) }
        var groupNumber = ownGroup
        if let group {
            guard let number = System.groupNumber(group) else { throw .unknownGroup(group) }
            groupNumber = number
        }
        if geteuid() == userNumber && getegid() == groupNumber { return }
        guard geteuid() == 0 else { throw .notRoot(user: user) }
        forgoCapabilities()
        try check("initgroups", unsafe initgroups(user, groupNumber))
        try check("setgid", setgid(groupNumber))
        try check("setuid", setuid(userNumber))
        // The kernel may have given it back with the new user.
        try check("prctl(PR_SET_DUMPABLE)", postern_prctl(PR_SET_DUMPABLE, 0, 0))
    }

    /// Gives up every capability for ever. Root then may do no more than the owner of its files may.
    public static func dropCapabilities() throws(ProcessRightsError) {
        forgoCapabilities()
        try check("capset", postern_drop_capabilities())
    }

    /// Keeps all memory of this process, now and later, out of the swap space, if its limit (`RLIMIT_MEMLOCK`) allows
    /// that without bound: under a bound, each allocation beyond it would fail.
    ///
    /// - Returns: whether the memory is locked.
    public static func lockMemory() -> Bool {
        let kind = __rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue)
        // Root may raise the limit.
        var limit = rlimit(rlim_cur: rlim_t.max, rlim_max: rlim_t.max)
        if unsafe setrlimit(kind, &limit) != 0 {
            guard unsafe getrlimit(kind, &limit) == 0, limit.rlim_cur == rlim_t.max else { return false }
        }
        return mlockall(MCL_CURRENT | MCL_FUTURE | Int32(MCL_ONFAULT)) == 0
    }

    /// Rules out that this process gains capabilities later. The calls fail for numbers that the kernel does not know,
    /// and in a process without capabilities, for which `no_new_privs` has the same effect.
    private static func forgoCapabilities() {
        for capability in UInt(0)..<64 { _ = postern_prctl(PR_CAPBSET_DROP, capability, 0) }
        _ = postern_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_CLEAR_ALL), 0)
    }

    private static func check(_ call: String, _ result: Int32) throws(ProcessRightsError) {
        // `errno` is still that of the call, since nothing was called between.
        if result != 0 { throw .system(call: call, code: errno) }
    }
}

/// The reason why the process could not give up rights. The description says what to do about it.
public enum ProcessRightsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system has no such user.
    case unknownUser(String)
    /// The system has no such group.
    case unknownGroup(String)
    /// Only root becomes another user.
    case notRoot(user: String)
    /// The kernel refused; `code` is the `errno`.
    case system(call: String, code: Int32)

    /// The failure, and what to do about it.
    public var description: String {
        switch self {
        case .unknownUser(let name): "there is no user \"\(name)\""
        case .unknownGroup(let name): "there is no group \"\(name)\""
        case .notRoot(let user): "only root can become the user \"\(user)\": start as root, or as that user"
        case .system(let call, let code): "\(call): \(errorText(code))"
        }
    }
}
