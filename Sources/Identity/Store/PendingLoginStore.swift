/// The part of the store for logins that wait for a second factor.
public protocol PendingLoginStore: Sendable {
    /// Adds a login that waits for a second factor, gives its attempt back, and renews an outdated password hash. Where
    /// more than `PendingLogin.most` of the account and network would wait, the oldest goes.
    ///
    /// The oldest, and never the new one: whoever has stolen the password would else keep its owner out of that network
    /// by five requests in five minutes. So a thief there has to log in five times, a hash each, while the owner looks
    /// for a code, again and again; and even then a `code` beside the password logs in, and so does a passkey alone. To
    /// count what is begun would let the thief shut the owner out by the counter of account and network instead.
    ///
    /// - Parameters:
    ///   - verified: the hash against which the password was checked.
    ///   - renewed: the hash that replaces it; `nil` leaves it.
    ///   - attempt: the reservation made for it, which is given back: nothing counts as a success yet.
    /// - Returns: the outcome; nothing is changed unless it waits.
    func beginLogin(
        _ login: PendingLogin, verified: String, renewed: String?, attempt: ThrottleReservation
    ) throws(StoreError) -> PendingLogin.Beginning

    /// The login with the hash of a token; `nil` if there is none.
    func pendingLogin(_ tokenHash: TokenHash) throws(StoreError) -> PendingLogin?

    /// Gives a login another challenge.
    ///
    /// - Returns: `false` if it is gone.
    func setChallenge(_ challenge: [UInt8], of login: Identifier<PendingLogin>) throws(StoreError) -> Bool

    /// Counts an answer to a login as a failure, before it is checked, and takes its challenge away: so answers in
    /// parallel are all counted, and one of them at most finds the challenge.
    ///
    /// - Returns: the login with its challenge; `nil` if it is gone or over, or had too many wrong answers.
    func takeAnswer(of login: Identifier<PendingLogin>, at now: Timestamp) throws(StoreError) -> PendingLogin?
}

/// The part of the store for trusted devices.
public protocol TrustedDeviceStore: Sendable {
    /// The device with the hash of a token, if it is the account's and not over.
    func trustedDevice(
        _ tokenHash: TokenHash, of account: Identifier<Account>, at now: Timestamp
    ) throws(StoreError) -> Identifier<TrustedDevice>?

    /// The devices of an account that are not over, the oldest first.
    func trustedDevices(
        of account: Identifier<Account>, at now: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> Page<TrustedDevice>

    /// Removes a device of an account.
    ///
    /// - Returns: `false`, and adds no entry to the audit log, if there is none.
    func removeTrustedDevice(
        _ id: Identifier<TrustedDevice>, of account: Identifier<Account>, event: AuditEvent
    ) throws(StoreError) -> Bool
}
