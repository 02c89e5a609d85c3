import Glibc
import Synchronization

/// The part of an address that identifies a client: all of an IPv4 address, and the first 64 bits of an IPv6 address,
/// since a client has the rest for itself (RFC 4291, section 2.5.4).
struct ClientNetwork: Hashable, Sendable, CustomStringConvertible {
    let description: String

    /// - Parameter address: in text form. Any other text, such as an empty one, is a network of its own.
    init(_ address: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, address, &bytes) == 1 else {
            description = address
            return
        }
        // An IPv4 address in the form of an IPv6 one (RFC 4291, section 2.5.5.2).
        if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] {
            description = bytes.suffix(4).map(String.init).joined(separator: ".")
        } else {
            description = bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "/64"
        }
    }
}

/// The times of the last warnings of programs that don't name their client.
final class UnknownClientWarnings: Sendable {
    /// The seconds between two warnings of one program: once an hour is enough.
    static let interval: Int64 = 3600

    private let moments = Mutex<[CredentialID: Timestamp]>([:])

    /// True if this process may warn of a program again, in which case the time is recorded.
    func isDue(_ program: CredentialID, at now: Timestamp) -> Bool {
        moments.withLock { moments in
            if let last = moments[program], (last..<(last + Self.interval)).contains(now) { return false }
            moments = moments.filter { now < $0.value + Self.interval }
            moments[program] = now
            return true
        }
    }
}
