import Storage
import Testing

struct DatabaseLocationTests {
    @Test(arguments: [
        ("/var/lib/postern/postern.sqlite3", "/var/lib/postern/postern.sqlite3"),
        ("data/postern.db", "data/postern.db"),
        ("sqlite:/a/b", "/a/b"), ("sqlite:b", "b"), ("sqlite:///a/b", "/a/b"), ("a:b", "a:b"), ("C:/x", "C:/x"),
        ("./postgresql://x", "./postgresql://x"), ("postgresq", "postgresq"),
    ])
    func `a path is that of a file, with and without its scheme`(text: String, path: String) throws {
        guard case .sqlite(let found) = try DatabaseLocation(text) else {
            Issue.record("\(text) is no file")
            return
        }
        #expect(found == path)
    }

    @Test(arguments: ["postgresql://auth@db1,db2/postern", "postgres:///postern?host=/run/postgresql"])
    func `a URI of PostgreSQL is that of a server's database`(text: String) throws {
        guard case .postgresql(let target) = try DatabaseLocation(text) else {
            Issue.record("\(text) is no target")
            return
        }
        #expect(target.database == "postern")
    }

    @Test(arguments: [
        ("mysql://root@db/postern", "mysql is not the scheme of a database"), ("https://db/postern", "https is not"),
        ("sqlite:", "names no file"), ("sqlite://host/a", "names no file"),
        ("postgresql://auth:hunter2@db/postern", "has a password"),
        ("postgresql://auth@db/postern?password=hunter2", "password"), ("postgresql:postern", "postgresql://"),
        ("postgresql+psycopg2://auth:hunter2@db/postern", "postgresql+psycopg2 is not the scheme of a database"),
        ("jdbc:postgresql://auth:hunter2@db/postern", "before :// is not the scheme of a database"),
        (" postgresql://auth:hunter2@db/postern", "before :// is not the scheme of a database"),
        ("PostgreSQL://auth:hunter2@db/postern", "PostgreSQL is not the scheme of a database"),
        ("postgresql://auth%3Ahunter2@db/postern", "a : in the user"),
        ("postgresql://auth:hunter2/more@db/postern", "not a port"),
    ])
    func `what is not understood is refused with the remedy, and never shows a password`(
        text: String, words: String
    ) throws {
        let fault = #expect(throws: DatabaseLocation.Fault.self) { try DatabaseLocation(text) }
        let description = try #require(fault).description
        #expect(description.contains(words) && !description.contains("hunter2"), "\(description)")
    }
}
