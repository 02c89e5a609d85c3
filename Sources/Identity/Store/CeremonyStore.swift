/// The part of the store for the challenges of sessions.
public protocol CeremonyStore: Sendable {
    /// Keeps the challenge of a session, in place of an earlier one for the same purpose. A session that has ended gets
    /// none.
    func putCeremony(_ ceremony: Ceremony, of session: Identifier<Session>) throws(StoreError)

    /// Takes the challenge of a session: nobody gets it a second time.
    ///
    /// - Returns: `nil` if there is none, or its time is over.
    func takeCeremony(
        _ purpose: Ceremony.Purpose, of session: Identifier<Session>, at now: Timestamp
    ) throws(StoreError) -> Ceremony?
}
