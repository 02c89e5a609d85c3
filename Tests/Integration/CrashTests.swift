import Foundation
import Glibc
import TestSupport
import Testing

extension Integration {
    struct CrashTests {
        /// Kills a responder under mixed load again and again, and looks after each time whether all that it
        /// acknowledged is there, and nothing is half done.
        @Test func `acknowledged changes survive kill -9, and none is half done`() throws {
            let rounds = ProcessInfo.processInfo.environment["POSTERN_TEST_LONG"] == nil ? 10 : 200
            let seed = ProcessInfo.processInfo.environment["POSTERN_TEST_SEED"].flatMap { UInt64($0) }
            var moments = SeededGenerator(seed: seed ?? UInt64(Date().timeIntervalSince1970))
            print("crash campaign: POSTERN_TEST_SEED=\(moments.seed), \(rounds) rounds")
            let deployment = try Deployment(serves: false)
            for email in CampaignClient.people { try deployment.createAccount(email) }
            var campaign = Campaign()
            for round in 0..<rounds {
                // An attempt that was killed stays counted, and more people than one are behind this address.
                try deployment.execute("DELETE FROM throttle")
                try deployment.serve()
                let delay = UInt32.random(in: 20_000...5_000_000, using: &moments)
                let outcomes = try campaign.run(round, on: deployment) { waitForSuccess in
                    // So that there is something of everything to lose.
                    if round == 0 { waitForSuccess() }
                    usleep(delay)
                    deployment.stopResponder(SIGKILL)
                }
                campaign.note(outcomes)
                try campaign.check(deployment, "round \(round), killed after \(delay / 1000) ms, seed \(moments.seed)")
            }
            // The load was mixed, and each round was cut off in the middle of something.
            print("crash campaign: \(campaign.acknowledged)")
            for (kind, count) in campaign.acknowledged { #expect(count > 0, "\(kind)") }
            #expect(campaign.cutOff > 0)
            try deployment.serve()
            let again = try deployment.send.register("after@example.test")
            #expect(again == 200)
        }
    }
}

/// Random numbers that are the same for the same seed (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
