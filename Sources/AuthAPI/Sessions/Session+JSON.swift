import HTTPTypes
public import Identity
public import JSON

/// A session as it is shown to a caller.
struct ShownSession: Shaped {
    let session: Session
    /// True if it is the caller's credential.
    let isCurrent: Bool

    static let shape = Shape<ShownSession>("Session") {
        Member("id", Example.session) { $0.session.id }
        Member("created_at", Example.moment) { $0.session.createdAt }
        Member("last_seen", "2026-02-08T15:02:10Z", "To about two minutes.") { $0.session.lastSeen }
        Member("expires_at", "2026-02-22T14:12:45Z") { $0.session.expiresAt }
        Member("address", "192.0.2.44", "The client's address at login.") { $0.session.address.orNil }
        Member("user_agent", "Mozilla/5.0", "The client's `User-Agent` at login.") { $0.session.userAgent.orNil }
        Member("is_current", true, "Whether it is the one that asks.") { $0.isCurrent }
    }
}

extension Session {
    /// The session as the API shows it.
    ///
    /// - Parameter isCurrent: whether it is the caller's credential.
    public func json(isCurrent: Bool) -> JSONValue { ShownSession(session: self, isCurrent: isCurrent).jsonValue }
}

extension Page<Session> {
    /// The part of a list as it is shown to a caller.
    func shown(to caller: Caller) -> Page<ShownSession> {
        let own = caller.principal?.credentialID
        return map { ShownSession(session: $0, isCurrent: .session($0.id) == own) }
    }
}

extension String {
    /// The text; `nil` for an empty one.
    var orNil: String? { isEmpty ? nil : self }
}
