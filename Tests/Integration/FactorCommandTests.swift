import Foundation
import Testing

extension Integration {
    struct FactorCommandTests {
        private let deployment: Deployment

        init() throws {
            deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.execute(
                """
                INSERT INTO factor (id, account_id, kind, name, created_at, last_used_at, credential_id, public_key,
                    signature_count, backup_eligible, backed_up)
                SELECT 1, id, 'passkey', 'Phone', 1800000000, 1800000060, x'01', x'02', 0, 1, 1 FROM account
                WHERE email = 'ann@example.test';
                INSERT INTO recovery_code SELECT id, x'01' FROM account WHERE email = 'ann@example.test'
                """)
        }

        @Test func `factors are listed for people and for scripts`() throws {
            let shown = try deployment.postern(["account", "factor", "list", "ann@example.test"])
            #expect(shown.status == 0)
            for part in ["fac_0000000000000001", "passkey", "Phone", "2027-01-15T08:01:00Z", "yes"] {
                #expect(shown.text.contains(part), "\(part)")
            }
            #expect(shown.errors.contains("1 recovery code is left."))
            let objects = try deployment.objects(["account", "factor", "list", "ann@example.test"])
            #expect(objects.count == 1 && objects.first?["backed_up"] as? Bool == true)
            #expect(try deployment.postern(["account", "factor", "list", "nobody@example.test"]).status == 67)
        }

        @Test func `a reset removes all of them, and says how many`() throws {
            let reset = try deployment.successful(["account", "factor", "reset", "ann@example.test"])
            #expect(reset.text.contains("Removed 1 second factor of ann@example.test"))
            #expect(try deployment.count("factor") == 0)
            #expect(try deployment.count("recovery_code") == 0)
            let log = try deployment.lines(["audit", "export", "--type", "factor.removed"])
            #expect(log.count == 1)
            let again = try deployment.successful(["account", "factor", "reset", "ann@example.test", "--json"])
            #expect(again.object["removed"] as? Int == 0)
        }

        @Test func `an authenticator app needs the keys, and without them nothing is added`() throws {
            let added = try deployment.postern(["account", "factor", "add-totp", "ann@example.test"])
            #expect(added.status == 78)
            #expect(added.errors.contains("POSTERN_KEY_FILE"))
            #expect(try deployment.count("factor") == 1)
        }
    }
}
