import Cryptography
import Foundation
import Identity
import TestSupport
import Testing

/// Exports of other systems, made by `Tests/Import/make`: all of their people log in with the password of then.
struct ImportedExportsTests {
    private static let password = "correct horse battery staple"

    private let installation: TestInstallation

    /// The public vector's signer key, as `firebase.config` has it.
    private static let signerKey =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA"

    init() throws {
        installation = try TestInstallation(
            keys: PasswordKeys(firebaseSigner: Secret(#require(Base64.decode(Self.signerKey)))))
    }

    /// Imports a file of `Tests/Import/exports`, as far as it can be.
    private func take(
        _ format: ImportFormat, _ file: String, _ change: (inout ImportOptions) -> Void = { _ in }
    ) throws -> AccountImport.Outcome {
        var options = ImportOptions()
        change(&options)
        let text = try Data(contentsOf: Repository.root.appendingPathComponent("Tests/Import/exports/\(file)"))
        return try take(format, Array(text), options)
    }

    private func take(
        _ format: ImportFormat, _ text: [UInt8], _ options: ImportOptions = ImportOptions()
    ) throws -> AccountImport.Outcome {
        var accounts = try AccountImport(installation.service, organization: "example")
        var reader = ImportReader(format.source(options))
        for start in stride(from: 0, to: text.count, by: 1000) {
            let part = text[start..<min(start + 1000, text.count)]
            try reader.take(part) { record throws(AuthenticationError) in try accounts.take(record) }
        }
        try reader.finish { record throws(AuthenticationError) in try accounts.take(record) }
        return try accounts.finish(.whatFits)
    }

    /// `name field code` of each fault; the name is the address, the old identifier, or the number of the record.
    private func faults(_ outcome: AccountImport.Outcome) -> [String] {
        outcome.refusals.flatMap { refusal in
            let name = refusal.email.map { "\($0)" } ?? refusal.externalID ?? "\(refusal.number)"
            return refusal.faults.map { "\(name) \($0.field) \($0.code.rawValue)" }
        }
    }

    /// Expects a login to succeed, and another password to fail.
    private func expectLogin(
        _ email: String, _ password: String = password, _ place: SourceLocation = #_sourceLocation
    ) {
        #expect(installation.login(email, "\(password)!").status == 401, "\(email)", sourceLocation: place)
        let login = installation.login(email, password)
        #expect(login.status == 200, "\(email): \(login.code ?? "")", sourceLocation: place)
        // By its renewed hash.
        #expect(installation.login(email, password).status == 200, "\(email)", sourceLocation: place)
    }

    private func account(_ email: String) throws -> Account { try installation.service.account(named: email) }

    /// The faults of hashes with Argon2id, on a host that can't compute it.
    private func unavailable(_ names: String...) -> [String] {
        Argon2id.isAvailable ? [] : names.map { "\($0) password_hash unusable_hash" }
    }

    @Test func `htpasswd: user names get a domain`() throws {
        let outcome = try take(.htpasswd, "htpasswd") { $0.domain = "wiki.test" }
        #expect(faults(outcome) == [])
        #expect(outcome.skipped == 1)
        for email in ["ann@example.test", "bob@wiki.test", "cy@wiki.test", "di@wiki.test"] { expectLogin(email) }
        #expect(try account("bob@wiki.test").externalID == "bob")
        #expect(try account("bob@wiki.test").name == "bob")
    }

    @Test func `htpasswd: without a domain a user name is not an address, and each fault is told`() throws {
        let outcome = try take(.htpasswd, "htpasswd") { $0.idPrefix = "wiki:" }
        #expect(faults(outcome) == ["bob", "cy", "di"].map { "wiki:\($0) email required" })
        #expect(outcome.imported.map(\.externalID) == ["wiki:ann@example.test"])
        let text = "\nnothing\n:hash\nann@x.test:plain\nbob@x.test:{SHA}\n "
        let others = try take(.htpasswd, Array(text.utf8) + [0xFF])
        #expect(
            faults(others) == [
                "2  invalid_format", "3  invalid_format", "ann@x.test password_hash unusable_hash",
                "bob@x.test password_hash unusable_hash", "6  invalid_format",
            ])
    }

    @Test func `Django: each of its hashers, unusable passwords, inactive users and superusers come over`() throws {
        let outcome = try take(.django, "django.json") {
            $0.administratorRole = .appAdmin
            $0.takesNamesAsAddresses = true
        }
        #expect(faults(outcome) == unavailable("argon2@example.test") + ["10 email required"])
        #expect(outcome.skipped == 1 && outcome.withoutPassword == 1)
        for hasher in ["pbkdf2_sha256", "pbkdf2_sha1", "bcrypt_sha256", "bcrypt", "scrypt"] {
            expectLogin("\(hasher)@example.test")
        }
        if Argon2id.isAvailable { expectLogin("argon2@example.test") }
        let first = try account("pbkdf2_sha256@example.test")
        #expect(first.name == "Ann Löwe" && first.givenName == "Ann" && first.familyName == "Löwe")
        #expect("\(first.createdAt)" == "2019-07-31T08:15:00Z" && first.externalID == "1")
        #expect(first.roles.names == ["AppMember"])
        #expect(installation.login("unusable@example.test", Self.password).status == 401)
        #expect(installation.login("inactive@example.test", Self.password).code == "account_inactive")
        expectLogin("root@example.test")
        #expect(try account("root@example.test").roles.names == ["AppAdmin"])
    }

    @Test(arguments: ["wordpress.json", "wordpress.csv", "wordpress.tsv"])
    func `WordPress: phpass, its own bcrypt and PHP's come over from each form`(_ file: String) throws {
        let outcome = try take(.wordpress, file) { $0.administratorRole = .appOwner }
        #expect(faults(outcome) == ["di@example.test password_hash unusable_hash"])
        for name in ["admin", "bob", "cy"] { expectLogin("\(name)@example.test") }
        let admin = try account("admin@example.test")
        #expect(admin.name == #"The "admin", Ann"# && admin.externalID == "1" && admin.roles.names == ["AppOwner"])
        #expect("\(admin.createdAt)" == "2019-07-31T08:15:00Z")
        #expect(try account("bob@example.test").name == #"Bob\Bü"#)
        #expect(try account("bob@example.test").roles.names == ["AppMember"])
        #expect(try account("cy@example.test").createdAt == installation.clock.now)
    }

    @Test(arguments: [
        (
            ImportFormat.django,
            #"[{"model": "auth.user", "pk": 1, "fields": {"username": "V", "password": "!", "last_login": null}}]"#
        ),
        (.keycloak, #"{"users": [{"username": "V", "enabled": true}]}"#),
        (.ldif, "dn: uid=v\nuid: V\n\n"), (.auth0, #"{"username": "V", "email": " "}"#),
        (.wordpress, "ID,user_login,user_email,user_pass\n1,V,,x\n"),
        (.devise, "id,username,email,encrypted_password\n1,V,,\n"),
    ])
    func `a user name like an address is nobody's address, since its owner may have chosen it, unless that is told`(
        _ format: ImportFormat, _ template: String
    ) throws {
        let text = Array(template.replacing("V", with: "victim@example.test").utf8)
        for domain in [nil, "example.org"] {
            var options = ImportOptions()
            options.domain = domain
            let outcome = try take(format, text, options)
            let fault = outcome.refusals.first?.faults.first
            #expect(fault?.field == "email" && fault?.code == .required)
            #expect(fault?.detail.contains("--user-name-is-address") == true)
            #expect(outcome.added == 0)
        }
        var options = ImportOptions()
        options.takesNamesAsAddresses = true
        let outcome = try take(format, text, options)
        // WordPress's is still refused, for its hash.
        let addresses = outcome.imported.map(\.email) + outcome.refusals.compactMap(\.email)
        #expect(addresses.map(\.address) == ["victim@example.test"])
    }

    @Test func `WordPress: accounts that a network of sites has marked as spam or deleted are inactive`() throws {
        let hash = "$2y$10$" + String(repeating: "a", count: 53)
        let rows = ["1,a,a@b.test,\(hash),1,0", "2,b,b@b.test,\(hash),0,1", "3,c,c@b.test,\(hash),0,0"]
        let table = (["ID,user_login,user_email,user_pass,spam,deleted"] + rows).joined(separator: "\n")
        #expect(try faults(take(.wordpress, Array(table.utf8))) == [])
        #expect(try account("a@b.test").state == .inactive)
        #expect(try account("b@b.test").state == .inactive)
        #expect(try account("c@b.test").state == .active)
    }

    @Test func `an empty password logs nobody in, though an imported hash is its own`() throws {
        // The SHA-1 of nothing, and the same with a salt of four zeros.
        let hashes = ["sha": "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "ssha": "{SSHA}kGnKeOdFCihRc0MbPlLFwlKZ5HMAAAAA"]
        for (name, hash) in hashes {
            let line = Array("\(name)@example.test:\(hash)\n".utf8)
            #expect(try faults(take(.htpasswd, line)) == [])
            #expect(installation.login("\(name)@example.test", "").status == 401, "\(name)")
        }
    }

    @Test func `WordPress: an export without hashes is refused as a whole`() throws {
        let table = try take(.wordpress, Array("ID,user_login,user_email\n1,a,a@b.test\n2,c,c@d.test\n".utf8))
        #expect(faults(table) == ["1  invalid_format"])
        #expect(table.refusals[0].faults[0].detail.contains("user_pass"))
        let objects = try take(.wordpress, Array(#"[{"ID": 1, "user_login": "a", "user_email": "a@b.test"}]"#.utf8))
        #expect(faults(objects) == ["a@b.test user_pass required"])
    }

    @Test func `Keycloak: all of its hashes, disabled and federated users come over, programs do not`() throws {
        let outcome = try take(.keycloak, "keycloak.json")
        #expect(faults(outcome) == unavailable("argon@example.test"))
        #expect(outcome.skipped == 1 && outcome.withoutPassword == 1)
        for name in ["sha512", "sha256", "sha1"] { expectLogin("\(name)@example.test") }
        if Argon2id.isAvailable { expectLogin("argon@example.test") }
        let first = try account("sha512@example.test")
        #expect(first.name == "Ann Löwe" && first.givenName == "Ann" && first.familyName == "Löwe")
        #expect("\(first.createdAt)" == "2019-07-31T08:15:00Z")
        #expect(first.externalID == "9f8b6c1e-0000-4000-8000-000000000002")
        #expect(installation.login("disabled@example.test", Self.password).code == "account_inactive")
        #expect(installation.login("federated@example.test", Self.password).status == 401)
    }

    @Test(arguments: [
        (#""credentials": [{"type": "password", "hashedSaltedValue": "x"}]"#, "credentials"),
        (
            #""credentials": [{"type": "password", "secretData": "{", "credentialData": "{}"}]"#,
            "credentials/0/secretData"
        ),
        (
            #""credentials": [{"type": "password", "secretData": "{}", "credentialData": "[]"}]"#,
            "credentials/0/credentialData"
        ),
        (#""credentials": {}"#, "credentials"), (#""createdTimestamp": "x""#, "createdTimestamp"),
        (#""enabled": "perhaps""#, "enabled"),
    ])
    func `Keycloak: what is not understood of a user is a fault, named by its place`(
        _ members: String, _ field: String
    ) throws {
        let user = #"{"username": "a", "email": "a@b.test", \#(members)}"#
        let outcome = try take(.keycloak, Array(#"{"users": [\#(user)]}"#.utf8))
        #expect(outcome.refusals.first?.faults.map(\.field) == [field])
    }

    @Test func `Keycloak: what is not a user is a fault`() throws {
        let outcome = try take(.keycloak, Array(#"[{"realm": "a", "users": []}]"#.utf8))
        #expect(faults(outcome) == ["1  required"])
    }

    @Test(arguments: ["md5", "argon2"])
    func `Keycloak: another algorithm, or one of unknown parameters, is a fault`(_ algorithm: String) throws {
        let secret = #"{\"value\": \"eA==\", \"salt\": \"eA==\"}"#
        let data = #"{\"algorithm\": \"\#(algorithm)\", \"hashIterations\": 1}"#
        let credential = #"{"type": "password", "secretData": "\#(secret)", "credentialData": "\#(data)"}"#
        let user = #"{"username": "a", "email": "a@b.test", "credentials": [\#(credential)]}"#
        let outcome = try take(.keycloak, Array(#"{"users": [\#(user)]}"#.utf8))
        #expect(faults(outcome) == ["a@b.test credentials unusable_hash"])
    }

    @Test func `Auth0: both kinds of export come over`() throws {
        let outcome = try take(.auth0, "auth0.ndjson")
        #expect(faults(outcome) == [] && outcome.withoutPassword == 1)
        expectLogin("ann@example.test")
        #expect(try account("ann@example.test").externalID == "auth0|5dea9f9c82dd7c0e76e4ec93")
        expectLogin("di@example.test")
        #expect(try account("di@example.test").externalID == "auth0|euclid")
        #expect(installation.login("bob@example.test", Self.password).code == "account_inactive")
        let bob = try account("bob@example.test")
        #expect(bob.name == "Bob" && "\(bob.createdAt)" == "2019-07-31T08:15:00Z")
        #expect(try account("cy@example.test").name == "Cy C.")
    }

    private func firebaseParameters() throws -> FirebaseParameters? {
        FirebaseParameters(try Repository.text("Tests/Import/exports/firebase.config"))
    }

    @Test func `Auth0: a line that is not JSON is refused, and the others come over`() throws {
        let lines = try Repository.text("Tests/Import/exports/auth0.ndjson").split(separator: "\n")
        let text = (lines[..<1] + ["{\"email\" \u{3}: 1}"] + lines[1...]).joined(separator: "\n")
        let outcome = try take(.auth0, Array(text.utf8))
        #expect(faults(outcome) == ["2  malformed_json"])
        #expect(outcome.added == lines.count)
    }

    @Test func `Firebase: people come over with the parameters of their project`() throws {
        let parameters = try firebaseParameters()
        #expect(parameters != nil)
        let outcome = try take(.firebase, "firebase.json") { $0.firebase = parameters }
        #expect(faults(outcome) == ["uDi email required"] && outcome.withoutPassword == 1)
        expectLogin("ann@example.test", "user1password")
        let ann = try account("ann@example.test")
        #expect(ann.name == "Ann Löwe" && ann.externalID == "uAnn" && "\(ann.createdAt)" == "2019-07-31T08:15:00Z")
        #expect(installation.login("bob@example.test", "user1password").code == "account_inactive")
        #expect(installation.login("cy@example.test", "").status == 401)
    }

    @Test func `Firebase: without the parameters each hash is a fault`() throws {
        let outcome = try take(.firebase, "firebase.json")
        #expect(
            faults(outcome) == [
                "ann@example.test passwordHash unusable_hash", "bob@example.test passwordHash unusable_hash",
                "uDi email required",
            ])
        for text in ["", "algorithm: BCRYPT\nbase64_salt_separator: Bw==\nrounds: 8\nmem_cost: 14", "rounds: x"] {
            #expect(FirebaseParameters(text) == nil)
        }
    }

    @Test(arguments: ["devise.json", "devise.csv"])
    func `Devise: the table of users comes over from each form`(_ file: String) throws {
        let outcome = try take(.devise, file) { $0.administratorRole = .appAdmin }
        #expect(faults(outcome) == [] && outcome.withoutPassword == 1)
        expectLogin("ann@example.test")
        let ann = try account("ann@example.test")
        #expect(ann.name == "Löwe, Ann" && ann.externalID == "1" && ann.roles.names == ["AppAdmin"])
        #expect("\(ann.createdAt)" == "2019-07-31T08:15:00Z")
        #expect(installation.login("bob@example.test", Self.password).code == "account_inactive")
        #expect(installation.login("cy@example.test", "").status == 401)
    }

    @Test(arguments: ["slapcat.ldif", "ldapsearch.ldif"])
    func `LDIF: a directory's people come over, and its other entries do not`(_ file: String) throws {
        let outcome = try take(.ldif, file) { $0.domain = "example.test" }
        // OpenLDAP's module makes Argon2i, which nothing here checks.
        #expect(faults(outcome) == ["bob@example.test password_hash unusable_hash"])
        #expect(outcome.skipped == (file == "slapcat.ldif" ? 3 : 0))
        for name in ["ann", "cy", "di"] { expectLogin("\(name)@example.test") }
        let ann = try account("ann@example.test")
        #expect(ann.name == "Ann Löwe" && ann.givenName == "Ann" && ann.familyName == "Löwe")
        #expect(ann.externalID == "ann" && "\(ann.createdAt)" == "2019-07-31T08:15:00Z")
        #expect(try account("cy@example.test").name == "Cy C.")
        #expect(installation.login("ed@example.test", Self.password).code == "account_inactive")
    }

    @Test func `LDIF: of several passwords the first counts that can be checked`() throws {
        let hash = ImportTests.hashes[0]
        let text = """
            dn: uid=a,dc=x
            uid: a
            mail: a@x.test
            userPassword: plain
            userPassword: {CRYPT}\(hash)
            nsAccountLock: FALSE

            dn: uid=b,dc=x
            uid: b
            mail: b@x.test
            userPassword: plain

            dn: uid=c,dc=x
            changetype: delete

            uid: d
            """
        let outcome = try take(.ldif, Array(text.utf8))
        #expect(
            faults(outcome) == [
                "b@x.test password_hash unusable_hash", "uid=c,dc=x changetype invalid_format", "16 dn required",
            ])
        expectLogin("a@x.test")
    }
}
