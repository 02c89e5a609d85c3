import Cryptography
import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

/// Browsers that need no second factor for a while.
struct TrustedDeviceTests {
    static let email = "ann@example.test"
    static let month: Int64 = 30 * 86400
    let installation: TestInstallation
    let ann: Account
    let totp: TOTP

    init() throws {
        installation = try TestInstallation(deviceTrust: Self.month)
        ann = try installation.addAccount(Self.email, password: Person.password)
        totp = try installation.addTOTP(to: ann)
    }

    /// Logs in with a second factor, and has the browser trusted.
    private func trust(in installation: TestInstallation? = nil) throws -> (device: String?, session: String) {
        let installation = installation ?? self.installation
        installation.clock.advance(by: 30)
        let token = try installation.firstStep(Self.email, fields: ["Cookie": ""])
        let answer = installation.finish(
            token, "totp", try installation.code(of: totp), extra: #", "remember_device": true"#)
        #expect(answer.status == 200, "\(answer.body)")
        let cookies = answer.fields.filter { $0.name == .setCookie }.map(\.value)
        let device = cookies.first { $0.hasPrefix("__Host-postern_device=") }
        let session = try #require(answer.sessionToken)
        return (device.map { String($0.prefix { $0 != ";" }) }, session)
    }

    private func login(_ cookie: String?) -> TestAnswer {
        installation.login(Self.email, Person.password, fields: cookie.map { ["Cookie": $0] } ?? [:])
    }

    @Test func `a trusted browser logs in by the password alone, and proves no second factor`() throws {
        let (device, _) = try trust()
        let cookie = try #require(device)
        #expect(cookie.hasPrefix("__Host-postern_device=psd_"))
        let answer = login(cookie)
        #expect(answer.status == 200, "\(answer.body)")
        let row = try installation.connection().rows(
            "SELECT methods, second_factor_at FROM session ORDER BY second_factor_at IS NULL DESC")[0]
        #expect(row == ["17", nil])
        #expect(login(nil).code == "second_factor_required")
        #expect(installation.login(Self.email, "wrong", fields: ["Cookie": cookie]).code == "invalid_credentials")
        let success = try #require(try installation.audit(.loginSucceeded).first { $0.details["device"] != nil })
        #expect(success.details["factor"] == "trusted_device")
        #expect(success.details["device"] == (try installation.audit(.deviceTrusted).first?.target))
        #expect(try installation.count("trusted_device", where: "last_used_at IS NOT NULL") == 1)
        let everything = String(decoding: try installation.connection().everything(), as: UTF8.self)
        #expect(!everything.contains(String(cookie.drop { $0 != "=" }.dropFirst())))
    }

    @Test func `it is trusted for its time, its account and its password only`() throws {
        let cookie = try #require(try trust().device)
        let bob = try installation.addAccount("bob@example.test", password: Person.password)
        _ = try installation.addTOTP(to: bob)
        let other = installation.login("bob@example.test", Person.password, fields: ["Cookie": cookie])
        #expect(other.code == "second_factor_required")
        installation.clock.advance(by: Self.month - 1)
        #expect(login(cookie).status == 200)
        installation.clock.advance(by: 1)
        #expect(login(cookie).code == "second_factor_required")
        let again = try trust()
        let body = #"{"current_password": "\#(Person.password)", "new_password": "northern lights"}"#
        #expect(installation.call("PUT", "/account/me", body, token: again.session).status == 200)
        let renewed = installation.login(
            Self.email, "northern lights", fields: ["Cookie": try #require(again.device)])
        #expect(renewed.code == "second_factor_required")
        #expect(try installation.count("trusted_device") == 0)
    }

    @Test func `nothing is trusted unless the browser asks for it and the installation lets it`() throws {
        let token = try installation.firstStep(Self.email)
        let answer = installation.finish(token, "totp", try installation.code(of: totp))
        #expect(answer.status == 200)
        #expect(answer.fields.filter { $0.name == .setCookie }.count == 1)
        let strict = try TestInstallation()
        let ann = try strict.addAccount(Self.email, password: Person.password)
        let totp = try strict.addTOTP(to: ann)
        let other = strict.finish(
            try strict.firstStep(Self.email), "totp", try strict.code(of: totp), extra: #", "remember_device": true"#)
        #expect(other.status == 200)
        #expect(other.fields.filter { $0.name == .setCookie }.count == 1)
        #expect(try strict.count("trusted_device") == 0)
        for cookie in ["__Host-postern_device=psd_x", "__Host-postern_device=\(installation.adminToken)"] {
            #expect(login(cookie).code == "second_factor_required")
        }
    }

    @Test func `an account has ten, and the oldest goes`() throws {
        var cookies: [String] = []
        for _ in 0..<11 { cookies.append(try #require(try trust().device)) }
        #expect(try installation.count("trusted_device") == 10)
        #expect(login(cookies[0]).code == "second_factor_required")
        #expect(login(cookies[1]).status == 200 && login(cookies[10]).status == 200)
    }

    @Test func `their owner sees them and ends the trust`() throws {
        let (device, session) = try trust()
        let list = installation.get("/account/device", session)
        #expect(list.status == 200 && list.rows.count == 1)
        let row = try #require(list.rows.first)
        #expect(
            Set(row.keys) == ["id", "created_at", "last_used_at", "expires_at", "address", "user_agent"])
        #expect(row["expires_at"] as? String == "\(installation.clock.now + Self.month)")
        #expect(row["address"] as? String == "192.0.2.1")
        let id = try #require(row["id"] as? String)
        let other = try installation.person("bob")
        let path = "/account/device/\(id)"
        #expect(installation.call("DELETE", path, token: other.session).status == 404)
        #expect(installation.call("DELETE", path, token: session).body == #""ok""#)
        #expect(installation.call("DELETE", path, token: session).status == 404)
        #expect(installation.get("/account/device", session).rows.isEmpty)
        #expect(device != nil && login(device).code == "second_factor_required")
        #expect(try installation.audit(.deviceRemoved).map(\.target) == [id])
    }
}
