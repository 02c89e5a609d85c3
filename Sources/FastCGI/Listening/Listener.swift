import Glibc
import Synchronization
import System

/// A listening socket: made or inherited, and in the end closed here.
///
/// No failure ends the process; each is thrown.
///
/// ```swift
/// let listener = try Listener(preparing: .unix(path: "/run/postern.sock"))  // with the rights of root
/// try listener.publish(takingOver: true)  // once everything else is ready
/// ```
public final class Listener: Sendable {
    /// The address, with the port that the kernel chose if 0 was asked for.
    public let address: ListenAddress

    /// The connections that may wait to be accepted.
    static var backlog: Int32 { 511 }

    let descriptor: Descriptor
    /// The socket file that was made for it.
    private let file: UnixSocket?
    private let isClosed = Atomic(false)
    private let acceptCall: @Sendable (Int32) -> Int32

    /// Listens at an address.
    ///
    /// A Unix socket is there under its name only when it has its mode and group and can be connected to. It replaces
    /// a socket that nobody answers; one in use, or a file of another kind, is left alone and is an error. IPv6 does
    /// not include IPv4.
    public convenience init(_ address: ListenAddress) throws(ListenerError) {
        try self.init(address, accept: Self.accept)
    }

    /// Makes all of a listener but the name of its Unix socket, which `publish` gives it. At any other address it
    /// listens at once.
    public convenience init(preparing address: ListenAddress) throws(ListenerError) {
        try self.init(preparing: address, accept: Self.accept)
    }

    /// - Parameter accept: takes one connection from a listening descriptor, and returns its descriptor or the negative
    ///   `errno`.
    convenience init(_ address: ListenAddress, accept: @escaping @Sendable (Int32) -> Int32) throws(ListenerError) {
        try self.init(preparing: address, accept: accept)
        try publish()
    }

    private init(preparing address: ListenAddress, accept: @escaping @Sendable (Int32) -> Int32) throws(ListenerError) {
        acceptCall = accept
        switch address {
        case .unix(let path, let mode, let group):
            let socket = try Self.failing(at: address) { () throws(UnixSocketError) in
                try UnixSocket(path: path, mode: mode, group: group, backlog: Self.backlog)
            }
            (descriptor, file, self.address) = (socket.descriptor, socket, address)
        case .tcp(let host, let port):
            (descriptor, self.address) = try Self.tcpSocket(host: host, port: port)
            file = nil
        case .inherited(let number):
            (descriptor, file, self.address) = (try Self.inheritedSocket(number), nil, address)
        }
    }

    deinit { close() }

    private static func failing<Value>(
        at address: ListenAddress, _ body: () throws(UnixSocketError) -> Value
    ) throws(ListenerError) -> Value {
        do throws(UnixSocketError) {
            return try body()
        } catch {
            throw ListenerError(error, at: address)
        }
    }

    /// Gives a socket that was prepared its name, in one step.
    ///
    /// - Parameter takingOver: whether it may take the place of a socket that another process answers. That process, if
    ///   it is this program, notices within a second, answers the requests in hand and ends. Meanwhile every connection
    ///   reaches one of the two. Only a Unix socket can be taken over.
    public func publish(takingOver: Bool = false) throws(ListenerError) {
        if let file {
            try Self.failing(at: address) { () throws(UnixSocketError) in try file.publish(takingOver: takingOver) }
        } else if takingOver {
            throw .noTakeOver(address)
        }
    }

    /// True if another process has taken over the name.
    var isReplaced: Bool { file?.isReplaced ?? false }

    /// Stops listening. The socket file goes too, if it is still the one that was made here.
    public func close() {
        // Once the descriptor is closed, another file may get the inode.
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        file?.remove()
        descriptor.close()
    }

    /// True if another process may hold the same socket, so that connections that wait in it are not lost when this one
    /// stops.
    var isShared: Bool {
        if case .inherited = address { true } else { false }
    }

    /// Lets nobody connect any more. The descriptor stays open, since other threads may be using it.
    func refuse() {
        guard !isShared else { return }
        file?.remove()
        _ = shutdown(descriptor.number, Int32(SHUT_RDWR))
    }

    /// Takes a connection that waits, without waiting for one. Its reads and writes wait, and it is closed on exec.
    ///
    /// - Returns: its descriptor, or the negative `errno`.
    func acceptConnection() -> Int32 { acceptCall(descriptor.number) }

    private static func accept(_ listening: Int32) -> Int32 {
        let number = Socket.accept(from: listening)
        guard number >= 0 else { return number }
        // Fails without harm on a Unix socket.
        Socket.setOption(number, level: Int32(IPPROTO_TCP), name: TCP_NODELAY, to: 1)
        // A probe would pass over a byte that comes out of band, and libfcgi read it if another has followed it.
        Socket.setOption(number, level: SOL_SOCKET, name: SO_OOBINLINE, to: 1)
        return number
    }
}
