import Foundation
import Identity
import TestSupport
import Testing

@testable import AuthAPI

/// Every route, called by every kind of caller.
struct AuthorizationTests {
    /// The kinds of caller, in the order of the table's columns: none; a bad credential of any kind; a token with one
    /// scope (register, login, accounts:read, accounts:write, tokens, organizations, audit:read, client-address,
    /// admin); a session with a role in the organization (AppGuest, AppMember, AppAdmin, AppOwner); a session with a
    /// role on the installation (Basic, Developer, Admin, SuperAdmin); another organization's owner, acting there, and
    /// acting here by `X-Org`; a session that must change its password.
    static let columns =
        "no bad reg log a:r a:w tok org aud cli adm Gue Mem Adm Own Bas Dev IAd Sup els X-O chg".split(separator: " ")

    /// The thing that the path's parameter, and `{id}` in the body, stand for: a fresh one for each call.
    enum Target {
        case none, account, user, guest, stranger, session, token, open, joined, pending, assertion, device, factor
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        let target: Target
        let body: String?
        let expected: [Int]

        init(_ method: String, _ path: String, _ target: Target = .none, _ body: String? = nil, is expected: String) {
            self.method = method
            self.path = path
            self.target = target
            self.body = body
            self.expected = expected.split(separator: " ").compactMap { Int($0) }
        }

        var testDescription: String { "\(method) \(path)" }
    }

    static let table = [
        // no bad    reg log a:r a:w tok org aud cli adm    Gue Mem Adm Own    Bas Dev IAd Sup    els X-O chg
        Row(
            "POST", "/auth/register", .none, #"{"email": "{id}@new.test", "password": "northern lights"}"#,
            is: "401 401   200 403 403 403 403 403 403 403 200   403 403 403 403   403 200 200 200   403 403 403"),
        Row(
            "POST", "/auth/login", .none, #"{"email": "target@example.test", "password": "correct horse battery"}"#,
            is: "401 401   403 200 403 403 403 403 403 403 200   403 403 403 403   403 200 200 200   403 403 403"),
        Row(
            "POST", "/auth/login/second-factor/options", .pending, #"{"login_token": "{id}"}"#,
            is: "401 401   403 200 403 403 403 403 403 403 200   403 403 403 403   403 200 200 200   403 403 403"),
        Row(
            "POST", "/auth/login/second-factor", .pending,
            #"{"login_token": "{id}", "method": "recovery_code", "code": "4K7QX-M9D2A"}"#,
            is: "401 401   403 200 403 403 403 403 403 403 200   403 403 403 403   403 200 200 200   403 403 403"),
        Row(
            "POST", "/auth/login/passkey/options",
            is: "401 401   403 200 403 403 403 403 403 403 200   403 403 403 403   403 200 200 200   403 403 403"),
        Row(
            "POST", "/auth/login/passkey", .assertion, #"{"credential": {id}}"#,
            is: "401 401   403 200 403 403 403 403 403 403 200   403 403 403 403   403 200 200 200   403 403 403"),
        Row(
            "GET", "/auth/session",
            is: "401 401   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 403 200"),
        Row(
            "POST", "/auth/confirm/options",
            is: "401 401   403 403 403 403 403 403 403 403 403   404 404 404 404   404 404 404 404   404 403 404"),
        // With a method by which an account without a second factor can't confirm.
        Row(
            "POST", "/auth/confirm", .none, #"{"method": "totp", "code": "123456"}"#,
            is: "401 401   403 403 403 403 403 403 403 403 403   400 400 400 400   400 400 400 400   400 403 400"),
        Row(
            "GET", "/auth/verify",
            is: "401 401   204 204 204 204 204 204 204 204 204   204 204 204 204   204 204 204 204   204 204 403"),
        Row(
            "GET", "/account/me",
            is: "401 401   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "PUT", "/account/me", .none, #"{"name": "N"}"#,
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "GET", "/account/me/export",
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "GET", "/account/factor",
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "POST", "/account/factor/totp",
            is: "401 401   403 403 403 403 403 403 403 403 403   201 201 201 201   201 201 201 201   201 403 403"),
        Row(
            "POST", "/account/factor/totp/confirm", .none, #"{"id": "fac_0000000000000000", "code": "000000"}"#,
            is: "401 401   403 403 403 403 403 403 403 403 403   404 404 404 404   404 404 404 404   404 403 403"),
        Row(
            "POST", "/account/factor/passkey/options", .none, #"{"usage": "passkey"}"#,
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "POST", "/account/factor/passkey", .none, #"{"credential": {}}"#,
            is: "401 401   403 403 403 403 403 403 403 403 403   400 400 400 400   400 400 400 400   400 403 403"),
        Row(
            "PUT", "/account/factor/{id}", .factor, #"{"name": "N"}"#,
            is: "401 401   403 403 403 403 403 403 403 403 403   404 404 404 404   404 404 404 404   404 403 403"),
        Row(
            "DELETE", "/account/factor/{id}", .factor,
            is: "401 401   403 403 403 403 403 403 403 403 403   404 404 404 404   404 404 404 404   404 403 403"),
        Row(
            "POST", "/account/factor/recovery-codes",
            is: "401 401   403 403 403 403 403 403 403 403 403   409 409 409 409   409 409 409 409   409 403 403"),
        Row(
            "GET", "/account/session",
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "DELETE", "/account/session",
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "DELETE", "/account/session/{id}", .session,
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "GET", "/account/device",
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "DELETE", "/account/device/{id}", .device,
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "GET", "/account/token",
            is: "401 401   403 403 403 403 200 403 403 403 200   403 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "POST", "/account/token", .none, #"{"name": "N", "scopes": ["tokens"]}"#,
            is: "401 401   403 403 403 403 201 403 403 403 201   403 201 201 201   201 201 201 201   201 403 403"),
        Row(
            "DELETE", "/account/token/{hash}", .token,
            is: "401 401   403 403 403 403 200 403 403 403 200   403 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "GET", "/account/organization",
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "POST", "/account/organization/{id}/join", .open,
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "DELETE", "/account/organization/{id}", .joined,
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "GET", "/account",
            is: "401 401   403 403 200 403 403 403 403 403 200   403 403 200 200   403 403 200 200   200 403 403"),
        Row(
            "GET", "/account/{id}", .account,
            is: "401 401   403 403 200 403 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "POST", "/account/{id}", .account, #"{"roles": ["AppGuest"], "state": "Inactive"}"#,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "DELETE", "/account/{id}", .account,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "POST", "/account/{id}/reset-password", .account,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "GET", "/account/{id}/factor", .account,
            is: "401 401   403 403 200 403 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "DELETE", "/account/{id}/factor", .account,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "GET", "/account/{id}/session", .account,
            is: "401 401   403 403 200 403 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "DELETE", "/account/{id}/session", .account,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "DELETE", "/account/{id}/session/{sessionId}", .account,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "GET", "/account/{id}/token", .account,
            is: "401 401   403 403 200 403 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "DELETE", "/account/{id}/token", .account,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "DELETE", "/account/{id}/token/{tokenId}", .account,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "GET", "/app/me",
            is: "401 401   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "GET", "/app/user",
            is: "401 401   403 403 200 403 403 403 403 403 200   403 403 200 200   403 403 200 200   200 403 403"),
        Row(
            "POST", "/app/user", .stranger, #"{"account_id": "{id}", "role": "AppGuest"}"#,
            is: "401 401   403 403 403 404 403 403 403 403 404   403 403 404 404   403 403 201 201   404 403 403"),
        Row(
            "GET", "/app/user/{id}", .user,
            is: "401 401   403 403 200 403 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "PUT", "/app/user/{id}", .user, #"{"role": "AppAdmin"}"#,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "DELETE", "/app/user/{id}", .guest,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "POST", "/app/user/{id}/activate", .user,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "POST", "/app/user/{id}/deactivate", .user,
            is: "401 401   403 403 403 200 403 403 403 403 200   403 403 200 200   403 403 200 200   404 403 403"),
        Row(
            "GET", "/app/organization",
            is: "401 401   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 403 403"),
        Row(
            "POST", "/app/organization", .none, #"{"name": "N"}"#,
            is: "401 401   403 403 403 403 403 200 403 403 200   403 403 403 200   403 403 200 200   200 403 403"),
        Row(
            "GET", "/app/audit",
            is: "401 401   403 403 403 403 403 403 200 403 200   403 403 403 200   403 403 200 200   200 403 403"),
        Row(
            "GET", "/openapi.json",
            is: "200 200   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 200 200"),
        Row(
            "GET", "/metrics",
            is: "200 200   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 200 200"),
        Row(
            "GET", "/status",
            is: "200 200   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 200 200"),
        Row(
            "GET", "/health/live",
            is: "200 200   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 200 200"),
        Row(
            "GET", "/health/ready",
            is: "200 200   200 200 200 200 200 200 200 200 200   200 200 200 200   200 200 200 200   200 200 200"),
        // The last ones, since each ends the sessions.
        Row(
            "POST", "/auth/logout",
            is: "401 401   403 200 403 403 403 403 403 403 200   200 200 200 200   200 200 200 200   200 200 200"),
        Row(
            "DELETE", "/account/me",
            is: "401 401   403 403 403 403 403 403 403 403 403   200 200 200 200   200 200 200 200   200 403 403"),
    ]

    @Test func `every route is in the table`() {
        let routes = Endpoint.all.map { "\($0.method) \($0.path.text)" }
        #expect(Set(routes).count == routes.count)
        #expect(Set(Self.table.map(\.testDescription)) == Set(routes))
        #expect(Self.table.count == routes.count)
    }

    @Test func `every route answers every caller as the table says`() throws {
        var callers = try Callers()
        for row in Self.table {
            if row.path == "/account/me", row.method == "DELETE" { callers = try Callers() }
            try #require(row.expected.count == Self.columns.count, "\(row)")
            for (column, expected) in zip(Self.columns, row.expected) {
                for caller in callers.kinds[String(column)] ?? [] {
                    let answer = try callers.call(row, by: caller)
                    #expect(answer.status == expected, "\(row) by \(column): \(caller.note) \(answer.body)")
                }
            }
        }
    }

    @Test func `whoever may GET may HEAD, and gets no content`() throws {
        let callers = try Callers()
        let caller = try #require(callers.kinds["adm"]?.first)
        for row in Self.table where row.method == "GET" {
            let get = try callers.call(row, by: caller)
            let head = try callers.call(row, by: caller, method: "HEAD")
            #expect(head.status == get.status, "\(row)")
            #expect(head.body.isEmpty)
        }
    }
}
