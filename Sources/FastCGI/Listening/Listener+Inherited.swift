import Glibc
import System

extension Listener {
    /// The listening socket that the starter of this process left for it.
    ///
    /// - `LISTEN_PID` and `LISTEN_FDS` of systemd (`sd_listen_fds(3)`): the first descriptor, 3. Variables that were
    ///   meant for another process are ignored.
    /// - Else descriptor 0, if it is a listening socket (FastCGI 1.0, section 2.2), as spawn-fcgi leaves it.
    ///
    /// - Parameters:
    ///   - environment: the process's environment.
    ///   - processID: the process that the variables have to name; `nil` is this one.
    /// - Returns: the address to listen at; `nil` if there is none.
    public static func inheritedAddress(
        environment: [String: String], processID: Int32? = nil
    ) -> ListenAddress? {
        if let owner = environment["LISTEN_PID"].flatMap({ Int32($0) }), owner == processID ?? getpid(),
            let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count >= 1
        {
            return .inherited(descriptor: 3)
        }
        return isListening(STDIN_FILENO) ? .inherited(descriptor: STDIN_FILENO) : nil
    }

    static func isListening(_ number: Int32) -> Bool {
        Socket.option(number, level: SOL_SOCKET, name: SO_ACCEPTCONN) == 1
            && Socket.option(number, level: SOL_SOCKET, name: SO_TYPE) == Int32(SOCK_STREAM.rawValue)
    }

    static func inheritedSocket(_ number: Int32) throws(ListenerError) -> Descriptor {
        guard isListening(number) else { throw .notListening(descriptor: number) }
        // Other processes may share it, and any of them may take the connection that woke this one.
        guard fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK) == 0,
            fcntl(number, F_SETFD, FD_CLOEXEC) == 0
        else { throw .system(call: "fcntl", code: errno) }
        return Descriptor(number)
    }
}
