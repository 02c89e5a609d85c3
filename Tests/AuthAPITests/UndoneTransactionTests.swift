import Storage
import TestSupport
import Testing

/// Transactions that the server undoes, since they met others.
struct UndoneTransactionTests {
    /// Has the server undo each session's insertion so many times, counted over all transactions.
    private func undo(_ times: Int, in installation: TestInstallation) throws {
        let connection = try installation.connection()
        // One statement each: the function has semicolons.
        _ = try connection.rows("DROP SEQUENCE IF EXISTS tries", [])
        _ = try connection.rows("CREATE SEQUENCE tries", [])
        _ = try connection.rows(
            """
            CREATE OR REPLACE FUNCTION undone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval(format('%I.tries', TG_TABLE_SCHEMA)) <= \(times) THEN
                    RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
                END IF;
                RETURN NEW;
            END $$
            """, [])
        _ = try connection.rows(
            "CREATE OR REPLACE TRIGGER undone BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION undone()", [])
    }

    // spicedb PR#1552
    @Test(.only(on: .postgresql, "SQLite has one writer, and undoes none"))
    func
        `a login undone twice succeeds, one that always is ends with 503 after three tries, and each is counted`()
        throws
    {
        let installation = try TestInstallation()
        try installation.addAccount("ann@example.test", password: Person.password)
        let store = try #require(installation.store as? PostgreSQLStore)
        func tries() throws -> Int? { try installation.connection().number("SELECT last_value FROM tries") }
        func logIn() -> TestAnswer { installation.login("ann@example.test", Person.password) }
        let retries = store.figures.retries

        try undo(2, in: installation)
        #expect(logIn().status == 200)
        #expect(try tries() == 3)
        #expect(store.figures.retries == retries + 2)
        let sessions = try installation.count("session")

        try undo(1_000_000, in: installation)
        let answer = logIn()
        #expect(answer.status == 503 && answer.code == "unavailable", "\(answer.body)")
        #expect(try tries() == 3)
        #expect(store.figures.retries == retries + 4)
        #expect(try installation.count("session") == sessions)

        try undo(0, in: installation)
        #expect(logIn().status == 200)
    }
}
