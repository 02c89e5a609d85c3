import Testing

@testable import Identity

struct FormTests {
    private func faults(_ make: () throws -> Void) -> [String] {
        do {
            try make()
            return []
        } catch AuthenticationError.invalidInput(let faults) {
            return faults.map { "\($0.field) \($0.code.rawValue)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `a form reports all faults at once, its decoder's first`() {
        let decoded = [InputFault("email", .invalidFormat, "-"), InputFault("roles/0", .unknownRole, "-")]
        let password = Password(utf8: Array("short".utf8))
        let found = faults {
            _ = try RegistrationForm(
                email: nil, password: password, name: "a\u{7}", policy: PasswordPolicy(), faults: decoded)
        }
        let expected = ["email invalid_format", "roles/0 unknown_role", "password too_short", "name invalid_character"]
        #expect(found == expected)
        let missing = faults { _ = try ImportForm(email: nil, passwordHash: nil) }
        #expect(missing == ["email required", "password_hash required"])
    }

    @Test func `a role on the installation can't be given in an organization`() throws {
        #expect(faults { _ = try UserForm(role: .admin, name: " ") } == ["role unknown_role", "name required"])
        #expect(faults { _ = try OrganizationForm(defaultRole: .basic) } == ["default_role unknown_role"])
        #expect(throws: Role.notInOrganization) { try Role(inOrganization: "Admin") }
        #expect(try Role(inOrganization: "AppAdmin") == .appAdmin)
    }

    @Test func `a token can't end at a moment without a text`() {
        let late = Timestamp("9999-12-31T23:59:59Z").map { $0 + 1 }
        let found = faults { _ = try APITokenForm(name: "t", scopes: [], validUntil: late) }
        #expect(found == ["valid_until invalid_format"])
    }

    @Test func `obligations bind a session and no API token`() {
        func principal(_ credential: Principal.Credential) -> Principal {
            Principal(
                credential: credential, expiresAt: nil, lastUsedAt: nil, account: Identifier(rawValue: 1),
                email: "a@b.test", obligations: .newPassword, installationRoles: [],
                installationHasOneOrganization: true, membership: nil)
        }
        #expect(principal(.session(Identifier(rawValue: 1))).obligations == .newPassword)
        #expect(principal(.apiToken(Identifier(rawValue: 1), scopes: ScopeSet([]))).obligations.isEmpty)
    }
}
