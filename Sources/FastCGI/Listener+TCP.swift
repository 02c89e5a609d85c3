import Glibc
import System

extension Listener {
    static func tcpSocket(
        host: String, port: UInt16
    ) throws(ListenerError) -> (descriptor: Descriptor, address: ListenAddress) {
        let asked = ListenAddress.tcp(host: host, port: port)
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &first) == 0 else { throw .hostUnknown(asked) }
        defer { unsafe freeaddrinfo(first) }

        var failure = ListenerError.hostUnknown(asked)
        var next = unsafe first
        while let candidate = unsafe next {
            do {
                let socket = try unsafe bound(to: candidate.pointee, asked)
                return (socket, .tcp(host: host, port: boundPort(socket.number)))
            } catch {
                failure = error
            }
            unsafe next = candidate.pointee.ai_next
        }
        throw failure
    }

    private static func bound(
        to candidate: addrinfo, _ asked: ListenAddress
    ) throws(ListenerError) -> Descriptor {
        let socket = try stream(family: unsafe candidate.ai_family)
        // A connection of the process before, still in TIME_WAIT, is no reason to fail.
        Socket.setOption(socket.number, level: SOL_SOCKET, name: SO_REUSEADDR, to: 1)
        if unsafe candidate.ai_family == AF_INET6 {
            Socket.setOption(socket.number, level: Int32(IPPROTO_IPV6), name: IPV6_V6ONLY, to: 1)
        }
        let isListening =
            unsafe bind(socket.number, candidate.ai_addr, candidate.ai_addrlen) == 0
            && listen(socket.number, listenBacklog) == 0
        let code = errno
        if isListening { return socket }
        switch code {
        case EADDRINUSE: throw .inUse(asked)
        case EACCES, EPERM: throw .permission(asked)
        case EADDRNOTAVAIL: throw .hostUnknown(asked)
        default: throw .system(call: "bind", code: code)
        }
    }

    private static func stream(family: Int32) throws(ListenerError) -> Descriptor {
        do throws(SystemError) {
            return try Socket.stream(family: family)
        } catch {
            throw .system(call: error.call, code: error.code)
        }
    }

    private static func boundPort(_ number: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            _ = unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe getsockname(number, address, &size)
            }
            // The port stands at the same place in both families.
            return unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                unsafe UInt16(bigEndian: address.pointee.sin_port)
            }
        }
    }
}
