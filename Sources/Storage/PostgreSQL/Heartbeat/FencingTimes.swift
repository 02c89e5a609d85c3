/// The times of heartbeats, and of the trust that they give.
///
/// All responders of a database have the same ones: a revocation on a new primary waits for `lease`, until the last of
/// them believes nothing by the old one.
struct FencingTimes: Sendable {
    /// The time without an acknowledged heartbeat after which credentials are not looked up any more, and for which a
    /// revocation waits after a promotion.
    var lease = Duration.seconds(10)
    /// The same for the answer that a credential is unknown: one that the new primary has just made is unknown to the
    /// old one, and its owner is better told to come again.
    var shortLease = Duration.seconds(3)
    /// The time from one heartbeat to the next.
    var interval = Duration.seconds(1)
    /// The same after one that failed: a standby may be promoted at any moment, and until a heartbeat has found it,
    /// nothing else of this process trusts it.
    var intervalOfFailure = Duration.milliseconds(250)
    /// The heartbeats from one look at the other servers to the next: so often that one is made within `lease`.
    var beatsBetweenLooks = 5
    /// The time that such a look may take, which holds up the next heartbeat.
    var patienceOfLook = Duration.milliseconds(500)
    /// The time that a heartbeat may take before its connection is given up.
    var patience = Duration.seconds(3)
}
