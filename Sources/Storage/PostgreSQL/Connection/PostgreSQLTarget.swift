import Glibc
import Synchronization

/// The servers and the database that a store of PostgreSQL is in.
///
/// It is read from a URI in the form of libpq (PostgreSQL's manual, § 34.1.1.2), of which it takes a part: all that it
/// does not know is refused, and so is a password.
///
/// ```swift
/// let target = try PostgreSQLTarget("postgresql://auth@db1,db2:5433/postern?sslrootcert=/etc/postern/ca.pem")
/// print(target.hosts.map(\.name))  // ["db1", "db2"]
/// ```
public struct PostgreSQLTarget: Sendable, CustomStringConvertible {
    /// A server.
    public struct Host: Sendable, Hashable, CustomStringConvertible {
        /// The name, the IP address, or the folder of the Unix socket, which begins with `/`.
        public let name: String
        /// The port, which is a part of the socket's name too.
        public let port: UInt16

        /// Tells whether it is a Unix socket.
        public var isSocket: Bool { name.hasPrefix("/") }

        /// Tells whether it is an IP address, and so needs no look-up.
        public var isAddress: Bool {
            var address = in6_addr()
            return unsafe inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1
        }

        /// Tells whether no byte leaves this host on the way there.
        public var isOnThisHost: Bool {
            isSocket || name == "localhost" || name == "::1" || (name.hasPrefix("127.") && isAddress)
        }

        /// Name and port, as `db1:5432`, `[::1]:5432` or `/run/postgresql:5432`.
        public var description: String { name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)" }
    }

    /// A server at one of the addresses of its name.
    struct Place: Sendable, Hashable {
        let host: Host
        /// The address; `nil` for a socket, and if the host is an address itself.
        let address: String?
    }

    /// The state of the connection's encryption that is asked for (libpq's `sslmode`).
    public enum Encryption: String, Sendable, CaseIterable {
        /// None.
        case disable
        /// Encrypted, with whoever answers.
        case require
        /// Encrypted, with a server whose certificate comes from a known authority.
        case verifyAuthority = "verify-ca"
        /// Encrypted, with a server whose certificate has its name.
        case verifyFull = "verify-full"
    }

    /// The servers, in the order in which they are tried: one at least, 16 at most.
    public private(set) var hosts: [Host]
    /// The role to log in as; `nil` for that of the system's user.
    public let user: String?
    /// The name of the database.
    public let database: String
    /// The encryption. Without a word of the URI, it is `verify-full` as soon as one server is on another host.
    public let encryption: Encryption
    /// The schema of the tables; `nil` for `public`.
    public private(set) var schema: String?
    /// Further parameters of libpq, which the URI named: those of certificates, for example.
    let parameters: [String: String]
    /// The findings about servers, which all copies of this value share.
    private(set) var findings = Findings()

    /// Reads a URI.
    ///
    /// - Parameter uri: at most 4,096 bytes, such as `postgresql:///postern?host=/run/postgresql`.
    /// - Throws: `Fault`, the reason with its remedy. It does not hold a password.
    public init(_ uri: String) throws(Fault) {
        let parts = try PostgreSQLURI(uri)
        hosts = parts.hosts
        user = parts.user
        database = parts.database
        encryption = parts.encryption ?? (parts.hosts.allSatisfy(\.isOnThisHost) ? .disable : .verifyFull)
        parameters = parts.parameters
    }

    /// Tells whether a text is meant as the URI of a database of PostgreSQL, right or wrong.
    public static func isMeant(by text: String) -> Bool {
        PostgreSQLURI.schemes.contains { text.utf8.starts(with: $0.utf8) }
    }

    /// The same servers with the tables in a schema of their own.
    ///
    /// - Parameter schema: its name: a letter or `_`, then letters, digits and `_`, all in lower case, at most 48
    /// bytes.
    public func inSchema(_ schema: String) throws(Fault) -> PostgreSQLTarget {
        guard Self.isSchemaName(schema) else {
            throw Fault("\(schema) is not the name of a schema: use a to z, 0 to 9 and _, at most 48 of them")
        }
        var target = self
        target.schema = schema
        return target
    }

    /// The other servers, with findings of their own; `nil` if there are none.
    func without(_ host: Host) -> PostgreSQLTarget? {
        var target = self
        target.hosts.removeAll { $0 == host }
        guard !target.hosts.isEmpty else { return nil }
        target.findings = Findings(refusesOptions: findings.refusesOptions.load(ordering: .relaxed))
        return target
    }

    private static func isSchemaName(_ name: String) -> Bool {
        let isWord = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
        }
        let first = name.utf8.first ?? 0x30
        return isWord && !(0x30...0x39).contains(first) && name.utf8.count <= 48
    }

    /// Tells whether all servers are reached by Unix sockets, so that no network is needed.
    public var isLocal: Bool { hosts.allSatisfy(\.isSocket) }

    /// Role, servers and database. It holds no secret.
    public var description: String {
        let list = hosts.map { $0.isSocket ? $0.name + ($0.port == 5432 ? "" : ":\($0.port)") : $0.description }
        return "\(user.map { "\($0)@" } ?? "")\(list.joined(separator: ","))/\(database)"
    }

    /// A fault in a URI, as a sentence with its remedy.
    public struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// The sentence.
        public let description: String

        init(_ description: String) { self.description = description }
    }

    /// The findings about the servers of a target, for all connections of the process.
    final class Findings: Sendable {
        /// The server that the next connection tries first, as its index: the one with which a connection was made
        /// last.
        let firstHost = Atomic(0)
        /// The servers that it tries last.
        let doubted = DoubtedServers()
        /// Tells that a pooler stands in between, which does not take the settings of a connection at its start: each
        /// transaction then brings them along.
        let refusesOptions: Atomic<Bool>
        /// Tells that statements cannot be asked for by their names, since a pooler stands in between.
        let refusesNames = Atomic(false)
        /// The look-ups of names that run.
        let lookups = Atomic(0)

        init(refusesOptions: Bool = false) { self.refusesOptions = Atomic(refusesOptions) }
    }
}

extension PostgreSQLTarget: Equatable {
    /// Tells whether two targets are the same servers, database and settings.
    public static func == (one: PostgreSQLTarget, other: PostgreSQLTarget) -> Bool {
        one.hosts == other.hosts && one.user == other.user && one.database == other.database
            && one.encryption == other.encryption && one.schema == other.schema && one.parameters == other.parameters
    }
}
