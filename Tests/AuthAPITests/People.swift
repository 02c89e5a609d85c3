import Foundation
import Identity
import Storage
import TestSupport

/// Somebody with an account and a session.
struct Person: Sendable {
    static let password = "correct horse battery"

    let account: Account
    let session: String

    var email: String { account.email.address }
    var id: String { "\(account.id)" }
    /// The account's user, if it has one only.
    var user: String { account.users.map { "\($0.id)" }.joined() }
}

extension TestInstallation {
    /// Adds an account and logs it in.
    func person(_ name: String, _ roles: [String]? = nil, in slug: String = "example") throws -> Person {
        let account = try addAccount("\(name)@\(slug).test", password: Person.password, roles: roles, in: slug)
        return Person(account: account, session: try begin(account.email.address).token.text)
    }

    /// Logs an account in, past the API.
    func begin(_ email: String) throws -> AuthenticationService.Login {
        try service.login(
            email: email, password: Password(utf8: Array(Person.password.utf8)), by: Caller(.anonymous))
    }

    func get(_ path: String, _ token: String, org: String? = nil) -> TestAnswer {
        call("GET", path, token: token, fields: org.map { ["X-Org": $0] } ?? [:])
    }

    /// The audit log, the newest entry first.
    func audit(_ kind: AuditEvent.Kind? = nil) throws -> [AuditEvent] {
        var filter = AuditFilter()
        filter.kind = kind
        return try store.auditEvents(filter, PageRequest(size: 100)).items
    }
}

extension TestAnswer {
    /// The rows of a list.
    var rows: [[String: Any]] { object["data"] as? [[String: Any]] ?? [] }

    /// One member of each row of a list.
    func column(_ name: String) -> [String] { rows.map { $0[name] as? String ?? "-" } }

    /// The faults of the query, as `parameter code`.
    var queryFaults: [String] {
        (object["errors"] as? [[String: Any]] ?? []).map { "\($0["parameter"] ?? "") \($0["code"] ?? "")" }
    }

    func string(_ name: String) -> String? { object[name] as? String }
}
