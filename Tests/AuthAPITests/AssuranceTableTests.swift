import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import AuthAPI
@testable import Identity

/// Every route, called with every assurance under every policy: by an administrator of the installation, that may do
/// everything else.
struct AssuranceTableTests {
    /// The freshness that a call asks for, and the level at which it does; `always` also if freshness is off.
    enum Asked { case nothing, low, medium, high, always }

    /// A route of `AuthorizationTests.table`, whose call is made as that says.
    struct Row: Sendable {
        let route: String
        let asks: Asked
        /// The obligations under which it answers all the same.
        let permits: Obligations

        init(_ route: String, asks: Asked = .nothing, permits: Obligations = []) {
            (self.route, self.asks, self.permits) = (route, asks, permits)
        }
    }

    /// The routes that ask for freshness, or answer in spite of an obligation.
    private static let special = [
        Row("POST /auth/register", asks: .high),
        Row("POST /auth/logout", permits: .all),
        Row("GET /auth/session", permits: .all),
        Row("POST /auth/confirm/options", permits: .all),
        Row("POST /auth/confirm", permits: .all),
        Row("PUT /account/me", permits: .all),
        Row("GET /account/me/export", asks: .high),
        Row("DELETE /account/me", asks: .high),
        Row("GET /account/factor", permits: .secondFactorEnrolment),
        Row("POST /account/factor/totp", asks: .always, permits: .secondFactorEnrolment),
        Row("POST /account/factor/totp/confirm", asks: .always, permits: .secondFactorEnrolment),
        Row("POST /account/factor/passkey/options", asks: .always, permits: .secondFactorEnrolment),
        Row("POST /account/factor/passkey", asks: .always, permits: .secondFactorEnrolment),
        Row("PUT /account/factor/{id}", permits: .secondFactorEnrolment),
        Row("DELETE /account/factor/{id}", asks: .always, permits: .secondFactorEnrolment),
        Row("POST /account/factor/recovery-codes", asks: .always, permits: .secondFactorEnrolment),
        Row("POST /account/token", asks: .high),
        Row("DELETE /account/token/{hash}", asks: .high),
        // A lower role, and deactivation.
        Row("POST /account/{id}", asks: .medium),
        Row("DELETE /account/{id}", asks: .high),
        Row("POST /account/{id}/reset-password", asks: .high),
        Row("DELETE /account/{id}/factor", asks: .always),
        Row("DELETE /account/{id}/token", asks: .high),
        Row("DELETE /account/{id}/token/{tokenId}", asks: .high),
        Row("POST /app/user", asks: .high),
        // A higher role.
        Row("PUT /app/user/{id}", asks: .high),
        Row("DELETE /app/user/{id}", asks: .medium),
        Row("POST /app/user/{id}/activate", asks: .high),
        Row("POST /app/user/{id}/deactivate", asks: .medium),
        // A name.
        Row("POST /app/organization", asks: .low),
    ]

    /// All routes: the others ask for nothing, and answer nobody with an obligation.
    static let table = AuthorizationTests.table.map { row in
        special.first { $0.route == row.testDescription } ?? Row(row.testDescription)
    }

    /// The assurance of a caller.
    struct Assurance: Sendable, CustomTestStringConvertible {
        enum Kind { case none, token, session(AuthenticationMethods, factors: AuthenticationMethods) }

        let testDescription: String
        let kind: Kind
        /// The seconds since the login, and since the second factor was proved.
        var age: Int64 = 0
        var factorAge: Int64?
    }

    static let assurances = [
        Assurance(testDescription: "none", kind: .none),
        Assurance(testDescription: "password", kind: .session(.password, factors: [])),
        Assurance(testDescription: "password, 901 s", kind: .session(.password, factors: []), age: 901),
        Assurance(testDescription: "password, 3,601 s", kind: .session(.password, factors: []), age: 3601),
        Assurance(testDescription: "password, 86,401 s", kind: .session(.password, factors: []), age: 86401),
        Assurance(
            testDescription: "two factors", kind: .session([.password, .totp], factors: [.totp, .recoveryCode]),
            age: 900, factorAge: 900),
        Assurance(
            testDescription: "two factors, 901 s", kind: .session([.password, .totp], factors: .totp), age: 901,
            factorAge: 901),
        Assurance(
            testDescription: "two factors, 86,401 s", kind: .session([.password, .totp], factors: .totp), age: 86401,
            factorAge: 86401),
        Assurance(testDescription: "passkey", kind: .session(.passkey, factors: .passkey), factorAge: 0),
        Assurance(
            testDescription: "trusted device", kind: .session([.password, .trustedDevice], factors: .totp)),
        Assurance(testDescription: "API token", kind: .token),
    ]

    /// The answer to a call: its code, or the status that `AuthorizationTests.table` has.
    enum Expected: Equatable { case code(String), status(Int) }

    /// The answer that the contract has.
    private static func expected(
        _ row: Row, _ authorization: AuthorizationTests.Row, _ assurance: Assurance, _ policy: SecondFactorPolicy,
        isFreshnessOn: Bool
    ) throws -> Expected {
        func status(_ column: String) throws -> Expected {
            let index = try #require(AuthorizationTests.columns.firstIndex { $0 == column })
            return .status(authorization.expected[index])
        }
        guard case .session(_, let factors) = assurance.kind else {
            if case .none = assurance.kind { return try status("no") }
            return try status("adm")
        }
        /// The answer to a caller with enough assurance, which depends on the factors of a few routes.
        func answer() throws -> Expected {
            switch row.route {
            case _ where policy == .off && adding.contains(row.route): .code("forbidden")
            case "POST /account/factor/recovery-codes" where !factors.isEmpty: .status(200)
            case "POST /auth/confirm/options" where factors.contains(.passkey): .status(200)
            default: try status("IAd")
            }
        }
        // The open routes answer everybody.
        guard authorization.expected[0] == 401 else { return try status("IAd") }
        let hasFactor = !factors.isEmpty
        let isBound = policy == .admins || policy == .required
        if isBound && !hasFactor && !row.permits.contains(.secondFactorEnrolment) {
            return .code("second_factor_enrolment_required")
        }
        let limit: Int64? =
            switch row.asks {
            case .nothing: nil
            case .low: isFreshnessOn ? 86400 : nil
            case .medium: isFreshnessOn ? 3600 : nil
            case .high: isFreshnessOn ? 900 : nil
            case .always: 900
            }
        guard let limit else { return try answer() }
        if assurance.age > limit { return .code("reauthentication_required") }
        let isHigh = row.asks == .high || row.asks == .always
        if isHigh && hasFactor && assurance.factorAge.map({ $0 > limit }) ?? true {
            return .code("reauthentication_required")
        }
        return try answer()
    }

    /// The routes that add a factor, which the policy `off` lets nobody do.
    private static let adding: Set = [
        "POST /account/factor/totp", "POST /account/factor/totp/confirm", "POST /account/factor/passkey/options",
        "POST /account/factor/passkey",
    ]

    @Test func `every row is a route, of which the table of callers has all`() {
        let routes = Self.special.map(\.route)
        #expect(Set(routes).isSubset(of: Self.table.map(\.route)) && Set(routes).count == routes.count)
        #expect(Self.table.count == Endpoint.all.count)
    }

    @Test func `every endpoint permits and asks what the table says`() {
        for row in Self.table {
            guard let endpoint = Endpoint.all.first(where: { $0.key == row.route }) else { continue }
            let isOpen = endpoint.access == .open
            #expect(isOpen || endpoint.permits == row.permits, "\(row.route)")
            let asks = row.asks != .nothing
            #expect(asks == (endpoint.freshness != .none), "\(row.route)")
            #expect(endpoint.problems.contains(.reauthenticationRequired) || !asks, "\(row.route)")
        }
    }

    // kratos#3671, kratos#4317, kratos#2225
    @Test(arguments: SecondFactorPolicy.allCases, [true, false])
    func `every route answers every assurance as the table says`(
        _ policy: SecondFactorPolicy, _ isFreshnessOn: Bool
    ) throws {
        let installation = try TestInstallation(
            metrics: Metrics {
                ServingStatus(version: "1", startedAt: Timestamp(secondsSince1970: 0), server: nil)
            }
        ) { service in
            service.allowSecondFactors(policy)
            service.freshness.isOn = isFreshnessOn
        }
        let callers = try Callers(installation)
        for (number, assurance) in Self.assurances.enumerated() {
            let shared = try Self.caller("a\(number)", assurance, of: installation)
            installation.clock.advance(by: 1)
            for row in Self.table.filter({ !Self.ends($0) }) + Self.table.filter(Self.ends) {
                let caller =
                    Self.ends(row)
                    ? try Self.caller("a\(number)-\(row.route.utf8.count)", assurance, of: installation) : shared
                let authorization = try #require(
                    AuthorizationTests.table.first { $0.testDescription == row.route }, "\(row.route)")
                if case .session(let methods, _) = assurance.kind {
                    try installation.setAuthentication(
                        of: installation.service.account(named: caller.email), methods, age: assurance.age,
                        factorAge: assurance.factorAge)
                }
                // A name that is there already would be no change.
                try installation.execute("UPDATE organization SET name = 'Example'")
                let answer = try callers.call(authorization, by: caller)
                let expected = try Self.expected(
                    row, authorization, assurance, policy, isFreshnessOn: isFreshnessOn)
                let note: Comment = "\(row.route) with \(assurance.testDescription) under \(policy): \(answer.body)"
                switch expected {
                case .code(let code):
                    #expect(answer.code == code, note)
                    #expect(answer.fields[.setCookie] == nil, note)
                case .status(400) where row.route == "POST /auth/confirm" && answer.status == 401:
                    // With a generator the wrong code is looked at.
                    #expect(answer.code == "invalid_credentials", note)
                case .status(let status): #expect(answer.status == status, note)
                }
            }
        }
    }

    /// True for a route that ends the session of the call, which therefore has a caller of its own.
    private static func ends(_ row: Row) -> Bool { ["POST /auth/logout", "DELETE /account/me"].contains(row.route) }

    private static func caller(
        _ name: String, _ assurance: Assurance, of installation: TestInstallation
    ) throws -> Callers.Caller {
        let email = TestInstallation.ownerEmail
        switch assurance.kind {
        case .none: return Callers.Caller(token: nil, email: email)
        case .token: return Callers.Caller(token: installation.adminToken, email: email)
        case .session(_, let factors):
            let person = try installation.person(name, ["Admin"])
            if factors.contains(.totp) { try installation.addTOTP(to: person.account) }
            if factors.contains(.passkey) {
                try installation.addPasskey(to: person.account, SoftwareAuthenticator())
            }
            if factors.contains(.recoveryCode) { _ = try installation.addRecoveryCodes(to: person.account) }
            return Callers.Caller(token: person.session, email: person.email)
        }
    }
}
