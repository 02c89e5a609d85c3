import Testing

@testable import Storage

struct PostgreSQLTargetTests {
    /// A short form of a target, to compare with.
    private func read(_ uri: String) throws -> String {
        let target = try PostgreSQLTarget(uri)
        let parameters = target.parameters.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "\(target) \(target.encryption.rawValue)\(parameters)"
    }

    @Test(arguments: [
        ("postgresql:///postern", "/run/postgresql/postern disable"),
        ("postgres:///postern", "/run/postgresql/postern disable"),
        ("postgresql:///postern?host=/run/postgresql", "/run/postgresql/postern disable"),
        ("postgresql://auth@/postern?host=/a,/b&port=5433", "auth@/a:5433,/b:5433/postern disable"),
        ("postgresql:///postern?host=/a,/b&port=5433,", "/a:5433,/b/postern disable"),
        ("postgresql:///?dbname=postern&user=auth&host=db1", "auth@db1:5432/postern verify-full"),
        (
            "postgresql://auth@db1,db2:5433/postern?target_session_attrs=read-write",
            "auth@db1:5432,db2:5433/postern verify-full target_session_attrs=read-write"
        ),
        ("postgresql://[::1]:6432,[2001:db8::1]/p", "[::1]:6432,[2001:db8::1]:5432/p verify-full"),
        ("postgresql://[::1]/p", "[::1]:5432/p disable"), ("postgresql://127.0.0.1:6432/p", "127.0.0.1:6432/p disable"),
        ("postgresql://localhost/p", "localhost:5432/p disable"),
        ("postgresql://127.0.0.1.example.org/p", "127.0.0.1.example.org:5432/p verify-full"),
        ("postgresql://%2Frun%2Fpg/p", "/run/pg/p disable"),
        ("postgresql://a%40b@db/p%20q", "a@b@db:5432/p q verify-full"),
        ("postgresql://db/p?sslmode=require", "db:5432/p require"),
        ("postgresql://db/p?sslmode=verify-ca&sslrootcert=/etc/ca.pem", "db:5432/p verify-ca sslrootcert=/etc/ca.pem"),
        ("postgresql://%C3%A4@db/p", "ä@db:5432/p verify-full"), ("postgresql://db:/p?", "db:5432/p verify-full"),
    ])
    func `a URI names servers, role and database, and protects what leaves the host`(uri: String, short: String) throws
    {
        #expect(try read(uri) == short)
    }

    @Test(arguments: [
        ("postgresql://auth:secret@db/p", "password"), ("postgresql://auth:@db/p", "password"),
        ("postgresql://db/p?password=secret", "PGPASSFILE"),
        ("postgresql://db/p?sslpassword=secret", "without a password"),
        ("postgresql://db/p?pass%77ord=secret%zz", "PGPASSFILE"), ("postgresql://db", "names no database"),
        ("postgresql://", "names no database"), ("postgresql:db/p", "does not begin"),
        ("mysql://db/p", "does not begin"),
        ("postgresql://db/p?service=x", "service file"), ("postgresql://db/p?hostaddr=1.2.3.4", "address"),
        ("postgresql://db/p?options=-c%20x", "ALTER ROLE"), ("postgresql://db/p?sslmode=prefer", "protects nothing"),
        ("postgresql://db/p?sslmode=", "protects nothing"), ("postgresql://db/p?SSLMODE=require", "does not know"),
        ("postgresql://db/p?target_session_attrs=any", "old data"),
        ("postgresql://db/p?target_session_attrs=standby", "old data"), ("postgresql://db/p?x=1", "does not know"),
        ("postgresql://db/p?x", "without a value"), ("postgresql://db/p?&", "without a value"),
        ("postgresql://db/p?sslcert=", "empty"), ("postgresql://db/p?sslcert=a&sslcert=b", "twice"),
        ("postgresql://db/p?host=other", "servers twice"), ("postgresql://a@db/p?user=b", "user twice"),
        ("postgresql://db/p?dbname=q", "database twice"), ("postgresql://@db/p", "empty user"),
        ("postgresql://db:0/p", "not a port"), ("postgresql://db:65536/p", "not a port"),
        ("postgresql://db:+1/p", "not a port"), ("postgresql://db:x/p", "not a port"),
        ("postgresql://[::1/p", "without a ]"), ("postgresql://[::1]x/p", "between ]"),
        ("postgresql://[db]/p", "not a server"), ("postgresql://::1/p", "not a"),
        ("postgresql://a,,b/p", "not a server"),
        ("postgresql://d%20b/p", "not a server"), ("postgresql://%40abstract/p", "not a server"),
        ("postgresql://db/a/b", "has a /"), ("postgresql://db/%00", "control character"),
        ("postgresql://db/%FF", "not UTF-8"), ("postgresql://db/%4", "%25"), ("postgresql://db/a b", "a space"),
        ("postgresql://db/a\n", "a space"), ("postgresql://db/p#x", "%23"),
        ("postgresql:///p?host=/a,/b&port=1,2,3", "2 servers and 3 ports"),
        ("postgresql://db/" + String(repeating: "p", count: 64), "63 bytes"),
        ("postgresql://" + String(repeating: "p", count: 4096), "4096 bytes"),
        ("postgresql:///p?host=/" + String(repeating: "p", count: 92), "not a server"),
        ("postgresql://" + Array(repeating: "db", count: 17).joined(separator: ",") + "/p", "16 servers"),
    ])
    func `what is wrong in a URI, or not understood, is refused with the remedy and without a password`(
        uri: String, words: String
    ) {
        let fault = #expect(throws: PostgreSQLTarget.Fault.self) { try PostgreSQLTarget(uri) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
        #expect(fault?.description.contains("secret") == false)
    }

    @Test func `no text ends the reading of a URI, and a password in it is never told or taken`() throws {
        let pieces = [
            "postgresql://", "postgres://", "@", ":", ",", "/", "?", "&", "=", "%", "%41", "%00", "%zz", "[", "]",
            "::1",
            "db", "5432", "host", "port", "password", "sslmode", "user", "dbname", "secret", "#", " ", "\u{0}", "é",
            "\u{301}", "verify-full", "/run", "target_session_attrs",
        ]
        var generator = SplitMix(state: 1)
        var (taken, refused) = (0, 0)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...9, using: &generator)
            let uri = "postgresql://" + (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            do throws(PostgreSQLTarget.Fault) {
                let target = try PostgreSQLTarget(uri)
                taken += 1
                #expect((1...16).contains(target.hosts.count) && !target.database.isEmpty)
                let rest = Array(uri.utf8.dropFirst(13))
                let query = rest.drop { $0 != UInt8(ascii: "?") }.dropFirst().split(separator: UInt8(ascii: "&"))
                #expect(!query.contains { $0.starts(with: "password=".utf8) }, "\(uri)")
                let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
                let userinfo = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[..<$0] } ?? []
                #expect(!userinfo.contains(UInt8(ascii: ":")), "\(uri)")
            } catch {
                refused += 1
                #expect(!error.description.contains(":secret@"))
            }
        }
        #expect(taken > 100 && refused > 1000)
    }

    @Test func `the variables of libpq do not change the target`() throws {
        let target = try PostgreSQLTarget("postgresql://auth@db1/postern")
        func parameters(_ variables: [String: String]) throws -> [String: String] {
            let list = try target.connectionParameters(target.hosts[0], address: "192.0.2.1") { variables[$0] }
            return Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0.value) })
        }
        let given = try parameters([
            "PGHOST": "evil", "PGPORT": "1", "PGUSER": "evil", "PGDATABASE": "evil", "PGSSLMODE": "disable",
            "PGTARGETSESSIONATTRS": "any", "PGPASSFILE": "/etc/postern/pgpass", "PGAPPNAME": "x", "PGHOSTADDR": "::1",
            "PGGSSENCMODE": "require", "PGCLIENTENCODING": "LATIN1", "PGCONNECT_TIMEOUT": "99", "PGOPTIONS": "-c x=y",
        ])
        #expect(given["host"] == "db1" && given["hostaddr"] == "192.0.2.1" && given["port"] == "5432")
        #expect(given["user"] == "auth" && given["dbname"] == "postern" && given["sslmode"] == "verify-full")
        #expect(given["target_session_attrs"] == "read-write" && given["gssencmode"] == "disable")
        #expect(given["client_encoding"] == "UTF8" && given["application_name"] == "postern public")
        #expect(given["options"]?.contains("-c statement_timeout=5s ") == true)
        for variable in ["PGSERVICE", "PGPASSWORD", "PGSSLROOTCERT", "PGSSLKEY", "PGREQUIREAUTH"] {
            let error = #expect(throws: PostgreSQLError.self) { try parameters([variable: "secret"]) }
            #expect(error?.message == "\(variable) is set, which would change the database: unset it")
        }
        // Without an address it is not given, so the variable would count.
        #expect(throws: PostgreSQLError.self) {
            try target.connectionParameters(target.hosts[0], address: nil) { $0 == "PGHOSTADDR" ? "::1" : nil }
        }
    }

    @Test func `a schema has a name that needs no quotes`() throws {
        let target = try PostgreSQLTarget("postgresql:///postern")
        #expect(try target.inSchema("test_1").settings.contains { $0 == ("search_path", "test_1") })
        for name in ["", "1a", "a-b", "A", "a;b", "ä", "a b", "a\\", String(repeating: "a", count: 49)] {
            #expect(throws: PostgreSQLTarget.Fault.self) { try target.inSchema(name) }
        }
    }
}

/// Numbers that are the same in each run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
