import Glibc

/// The parts of a PostgreSQL URI, in the form of libpq: `postgresql://user@host:port,host:port/database?name=value&…`.
struct PostgreSQLURI {
    typealias Fault = PostgreSQLTarget.Fault

    static let schemes = ["postgresql:", "postgres:"]
    /// Debian's folder of the server's socket. libpq would take the one that it was built with, or PGHOST.
    static let defaultSocketFolder = "/run/postgresql"
    static let mostHosts = 16
    static let mostBytes = 4096

    private(set) var hosts: [PostgreSQLTarget.Host] = []
    private(set) var user: String?
    private(set) var database = ""
    private(set) var encryption: PostgreSQLTarget.Encryption?
    /// The parameters that are handed to libpq as they are.
    private(set) var parameters: [String: String] = [:]

    /// The parameters that libpq gets: files of certificates, and what is asked of the server.
    private static let passedOn: Set<String> = [
        "channel_binding", "passfile", "requirepeer", "sslcert", "sslcrl", "sslkey", "sslrootcert",
        "target_session_attrs",
    ]

    /// Parameters of libpq that are refused, each with its remedy.
    static let refused = [
        "password": passwordRemedy,
        "sslpassword": "store the key without a password, readable by Postern alone",
        "hostaddr": "write the address in place of the host's name",
        "service": "write out what the service file has",
        "options": "set it by ALTER ROLE … SET",
        "application_name": "Postern sets its own",
        "client_encoding": "it is UTF8",
        "connect_timeout": "it is 3 seconds for each server",
        "gssencmode": "it is off: use sslmode",
    ]

    private static let passwordRemedy =
        "a password has no place in a setting that programs print: put it into a password file (PGPASSFILE, or "
        + "passfile=… here), or let the server trust the system's user (peer) or a certificate"

    init(_ uri: String) throws(Fault) {
        let bytes = Array(uri.utf8.prefix(Self.mostBytes + 1))
        guard bytes.count <= Self.mostBytes else { throw Fault("the URI has more than \(Self.mostBytes) bytes") }
        guard let scheme = Self.schemes.first(where: { bytes.starts(with: "\($0)//".utf8) }) else {
            throw Fault("the URI does not begin with postgresql://")
        }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Fault("the URI has a space or a control character: write them as %20 and the like")
        }
        guard !bytes.contains(UInt8(ascii: "#")) else { throw Fault("the URI has a #: write %23") }
        var rest = bytes.dropFirst(scheme.utf8.count + 2)
        var query: ArraySlice<UInt8> = []
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            query = rest[(mark + 1)...]
            rest = rest[..<mark]
        }
        let slash = rest.firstIndex(of: UInt8(ascii: "/"))
        var named = try Self.pairs(query)
        try readAuthority(slash.map { rest[..<$0] } ?? rest, &named)
        try readDatabase(slash.map { rest[($0 + 1)...] } ?? [], &named)
        try readParameters(named)
    }

    // MARK: Authority

    private mutating func readAuthority(
        _ authority: ArraySlice<UInt8>, _ named: inout [String: String]
    ) throws(Fault) {
        var servers = authority
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            let userinfo = authority[..<at]
            servers = authority[(at + 1)...]
            guard !userinfo.contains(UInt8(ascii: ":")) else {
                throw Fault("the URI has a password: \(Self.passwordRemedy)")
            }
            user = try Self.decoded(userinfo, "the user")
        }
        if let other = named.removeValue(forKey: "user") {
            guard user == nil else { throw Fault("the URI names a user twice: leave user=… out") }
            user = other
        }
        if let user, user.isEmpty { throw Fault("the URI names an empty user: leave the @ out") }
        // Written as %3A: what is behind it would be printed with the name.
        if let user, user.utf8.contains(UInt8(ascii: ":")) {
            throw Fault("the URI has a : in the user: \(Self.passwordRemedy)")
        }
        let (list, ports) = (named.removeValue(forKey: "host"), named.removeValue(forKey: "port"))
        if servers.isEmpty {
            try readServers(list, ports)
        } else {
            guard list == nil, ports == nil else {
                throw Fault("the URI names servers twice: leave host=… and port=… out, or the servers behind //")
            }
            for server in servers.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                try readServer(server)
            }
        }
        guard hosts.count <= Self.mostHosts else { throw Fault("the URI names more than \(Self.mostHosts) servers") }
    }

    /// Reads one of the servers behind `//`.
    private mutating func readServer(_ text: ArraySlice<UInt8>) throws(Fault) {
        var name: ArraySlice<UInt8>
        var port: ArraySlice<UInt8> = []
        if text.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { throw Fault("the URI has a [ without a ]") }
            (name, port) = (text[(text.startIndex + 1)..<end], text[(end + 1)...])
        } else {
            let colon = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            (name, port) = (text[..<colon], text[colon...])
        }
        if !port.isEmpty {
            guard port.first == UInt8(ascii: ":") else { throw Fault("the URI has something between ] and the port") }
            port = port.dropFirst()
        }
        let isBracketed = text.first == UInt8(ascii: "[")
        try add(
            Self.decoded(name, "a server"), isBracketed: isBracketed,
            port: port.isEmpty ? nil : Self.decoded(port, "a port"))
    }

    /// Reads the parameters `host` and `port`: lists, of which the second has one entry, or as many as the first.
    private mutating func readServers(_ list: String?, _ ports: String?) throws(Fault) {
        let names = Self.entries(list ?? Self.defaultSocketFolder)
        let numbers = Self.entries(ports ?? "5432")
        guard numbers.count == 1 || numbers.count == names.count else {
            throw Fault("the URI names \(names.count) servers and \(numbers.count) ports")
        }
        for (index, name) in names.enumerated() {
            let number = numbers.count == 1 ? numbers[0] : numbers[index]
            try add(name, isBracketed: false, port: number.isEmpty ? nil : number)
        }
    }

    private mutating func add(_ name: String, isBracketed: Bool, port: String?) throws(Fault) {
        var number: UInt16 = 5432
        if let port {
            guard let given = UInt16(port), given > 0, port.utf8.first != UInt8(ascii: "+") else {
                // Not shown: of `user:pass/word@host` it is a part of the password.
                throw Fault("the URI has something behind a server that is not a port: write a number from 1 to 65535")
            }
            number = given
        }
        let host = PostgreSQLTarget.Host(name: name, port: number)
        let isIPv6 = name.utf8.contains(UInt8(ascii: ":"))
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
        }
        // The longest path of a socket is 107 bytes, of which `/.s.PGSQL.65535` takes 15.
        let isFolder = host.isSocket && name.utf8.count <= 92 && !isBracketed
        let isAddress = isIPv6 && host.isAddress
        let isHostName = !isIPv6 && !isBracketed && isName && (1...253).contains(name.utf8.count)
        guard isFolder || isAddress || isHostName else {
            throw Fault(
                "\"\(name)\" is not a server: write a name, an address (IPv6 in []), or the folder of a Unix socket as "
                    + "host=/run/postgresql")
        }
        hosts.append(host)
    }

    // MARK: Database and parameters

    private mutating func readDatabase(_ path: ArraySlice<UInt8>, _ named: inout [String: String]) throws(Fault) {
        guard !path.contains(UInt8(ascii: "/")) else { throw Fault("the URI has a / in the name of the database") }
        database = try Self.decoded(path, "the database")
        if let other = named.removeValue(forKey: "dbname") {
            guard database.isEmpty else { throw Fault("the URI names a database twice: leave dbname=… out") }
            database = other
        }
        guard !database.isEmpty else {
            throw Fault("the URI names no database: write it at the end, as postgresql:///postern")
        }
        // PostgreSQL cuts longer names, and so would find another one.
        guard database.utf8.count <= 63, (user ?? "").utf8.count <= 63 else {
            throw Fault("the URI has a name of more than 63 bytes")
        }
    }

    private mutating func readParameters(_ named: [String: String]) throws(Fault) {
        for (name, value) in named.sorted(by: { $0.key < $1.key }) {
            if let remedy = Self.refused[name] { throw Fault("the URI has \(name)=…: \(remedy)") }
            if name == "sslmode" {
                guard let mode = PostgreSQLTarget.Encryption(rawValue: value) else {
                    throw Fault(
                        "sslmode=\(value) protects nothing: write disable, require, verify-ca or verify-full")
                }
                encryption = mode
            } else {
                guard Self.passedOn.contains(name) else {
                    throw Fault("the URI has \(name)=…, which Postern does not know: leave it out")
                }
                guard !value.isEmpty else { throw Fault("the URI has an empty \(name)=") }
                parameters[name] = value
            }
        }
        // Standbys lag behind: a revoked credential would still be found there.
        if let kind = parameters["target_session_attrs"], !["read-write", "primary"].contains(kind) {
            throw Fault("target_session_attrs=\(kind) would read old data: write read-write, or leave it out")
        }
    }
}
