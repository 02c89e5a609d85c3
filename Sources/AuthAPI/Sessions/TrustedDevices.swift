import HTTP
import HTTPTypes
import Identity
import JSON

private let deviceID = PathParameter(of: TrustedDevice.self)

extension Endpoint {
    static let trustedDevices = Endpoint(
        .get, "/account/device", .session, id: "listTrustedDevices", in: .ownAccount, "List your trusted devices",
        "The browsers in which your password alone logs in, since a second factor was proved there before.",
        query: Paging.parameters, answer: .list
    ) { api, call in
        let account = try call.principal().account
        return try api.service.trustedDevices(of: account, call.page(), by: call.caller)
    }

    static let removeTrustedDevice = Endpoint(
        .delete, "/account/device/\(deviceID)", .session, id: "removeTrustedDevice", in: .ownAccount,
        "End the trust in a device", answer: "The next login there needs a second factor."
    ) { api, call in
        let account = try call.principal().account
        try api.service.removeTrustedDevice(try call[deviceID], of: account, by: call.caller)
        return Done()
    }
}

extension TrustedDevice: Shaped {
    static let shape = Shape<TrustedDevice>("TrustedDevice") {
        Member("id", "dev_3c8b4b7c2a1d9e5f") { $0.id }
        Member("created_at", Example.moment) { $0.createdAt }
        Member("last_used_at", .null, "When it stood in for the second factor last.") { $0.lastUsedAt }
        Member("expires_at", "2026-03-10T14:12:45Z") { $0.expiresAt }
        Member("address", "192.0.2.44", "The client's address at the login that made it trusted.") {
            $0.address.orNil
        }
        Member("user_agent", "Mozilla/5.0", "The client's `User-Agent` at that login.") { $0.userAgent.orNil }
    }
}
