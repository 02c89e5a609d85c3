import Cryptography
import Testing

@testable import Identity

struct ThrottleRuleTests {
    /// A seeded generator, so that a failure can be reproduced.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
    }

    private static let start = Timestamp(secondsSince1970: 1_770_559_965)

    /// Makes attempts at random moments, and returns those let through.
    private func letThrough(_ rule: ThrottleRule, seed: UInt64, pauses: ClosedRange<Int64>) -> [Int64] {
        var random = Seeded(state: seed)
        var counter: ThrottleCounter?
        var now = Self.start
        var moments: [Int64] = []
        for _ in 0..<500 {
            now = now + Int64.random(in: pauses, using: &random)
            if let wait = rule.wait(counter, at: now) {
                #expect(wait > 0)
                // Exact to the second: let through then, and not before.
                #expect(rule.wait(counter, at: now + (wait - 1)) != nil || wait == 1)
                #expect(rule.wait(counter, at: now + wait) == nil)
            } else {
                counter = rule.adding(to: counter, at: now)
                moments.append(now.secondsSince1970)
            }
        }
        return moments
    }

    @Test(arguments: 0..<40)
    func `a window lets its limit through, and again when it is over`(_ seed: UInt64) throws {
        let moments = letThrough(.window(limit: 5, seconds: 60), seed: seed, pauses: 0...Int64(seed))
        var start = try #require(moments.first)
        var count = 0
        for moment in moments {
            if moment >= start + 60 { (start, count) = (moment, 0) }
            count += 1
            #expect(count <= 5)
        }
    }

    @Test(arguments: 0..<40)
    func `a backoff lets the tolerated attempts through, then one after each doubled wait`(_ seed: UInt64) {
        // No pause is so long that all is forgotten.
        let moments = letThrough(.backoff(tolerated: 3, shortest: 2, longest: 16), seed: seed, pauses: 0...20)
        for (index, (previous, moment)) in zip(moments, moments.dropFirst()).enumerated() {
            let attempts = index + 1
            let wait = attempts < 3 ? 0 : min(16, 2 << Int64(min(attempts - 3, 30)))
            #expect(moment - previous >= wait)
        }
    }

    @Test func `a backoff waits from a second to a quarter of an hour by default`() {
        let rule = ThrottlePolicy().pair
        var counter: ThrottleCounter?
        var now = Self.start
        var waits: [Int64] = []
        for _ in 0..<20 {
            counter = rule.adding(to: counter, at: now)
            let wait = rule.wait(counter, at: now) ?? 0
            waits.append(wait)
            now = now + wait
        }
        #expect(waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512] + [Int64](repeating: 900, count: 6))
        #expect(rule.wait(counter, at: now + 3600) == nil)
        #expect(rule.adding(to: counter, at: now + 3600).attempts == 1)
    }

    @Test(arguments: 0..<40)
    func `whatever the clock does, few attempts never block and no wait is longer than the longest`(_ seed: UInt64) {
        for rule in [ThrottleRule.window(limit: 3, seconds: 60), .backoff(tolerated: 3, shortest: 2, longest: 16)] {
            var random = Seeded(state: seed)
            var counter: ThrottleCounter?
            var now = Self.start
            for _ in 0..<500 {
                // The clock mostly goes on, sometimes jumps, and may be set back.
                let jumps = Int.random(in: 0..<10, using: &random) == 0
                now = now + Int64.random(in: jumps ? -100_000...100_000 : 0...5, using: &random)
                guard let wait = rule.wait(counter, at: now) else {
                    counter = rule.adding(to: counter, at: now)
                    continue
                }
                #expect(counter?.attempts ?? 0 >= 3)
                #expect((1...rule.longestWait).contains(wait))
                #expect(rule.wait(counter, at: now + 2 * rule.longestWait) == nil)
            }
        }
    }

    @Test func `a counter below its limit blocks nothing, and one of the future does not count`() {
        for rule in [ThrottleRule.window(limit: 3, seconds: 60), .backoff(tolerated: 3, shortest: 2, longest: 16)] {
            let ahead = rule.adding(to: nil, at: Self.start + 3600)
            #expect(rule.wait(ahead, at: Self.start) == nil)
            #expect(rule.adding(to: ahead, at: Self.start) == rule.adding(to: nil, at: Self.start))
            let few = ThrottleCounter(
                attempts: 2, since: Self.start, blockedUntil: Self.start + 3600, expiresAt: Self.start + 60)
            #expect(rule.wait(few, at: Self.start) == nil)
            // A time that another process took a little later does not count as the future.
            let (now, later) = (Self.start, Self.start + 3)
            #expect(rule.adding(to: rule.adding(to: nil, at: later), at: now).attempts == 2)
        }
        // A counter that began in the past, and was last changed in the future.
        let rule = ThrottlePolicy().pair
        let counter = ThrottleCounter(
            attempts: 30, since: Self.start + -86400, blockedUntil: Self.start + 4500, expiresAt: Self.start + 7200)
        #expect(rule.wait(counter, at: Self.start) == nil)
        #expect(rule.wait(counter, at: Self.start + 3600) == 900)
    }

    @Test(arguments: [ThrottleRule.window(limit: 3, seconds: 60), .backoff(tolerated: 3, shortest: 2, longest: 16)])
    func `an attempt given back does not count`(_ rule: ThrottleRule) throws {
        var counter: ThrottleCounter?
        for step in 0..<50 {
            let now = Self.start + Int64(step / 10)
            #expect(rule.wait(counter, at: now) == nil)
            counter = rule.removing(from: rule.adding(to: counter, at: now))
            #expect(counter == nil)
        }
        for _ in 0..<3 { counter = rule.adding(to: counter, at: Self.start) }
        #expect(rule.wait(counter, at: Self.start) != nil)
        counter = rule.removing(from: try #require(counter))
        #expect(rule.wait(counter, at: Self.start) == nil)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "20:1:d:b8:0:0:0:0/64"),
        ("2001:db8::ffff:1", "20:1:d:b8:0:0:0:0/64"), ("2001:db8:0:1::1", "20:1:d:b8:0:0:0:1/64"), ("", ""),
        ("unix:", "unix:"),
    ])
    func `clients are distinguished by address, and in IPv6 by network`(_ address: String, _ network: String) {
        #expect("\(ClientNetwork(address))" == network)
    }

    @Test func `keys differ by kind, by subject and by secret`() throws {
        let parts = [["a", "b"], ["ab"], ["a", "b", ""], ["b", "a"], ["a:1", "b"], ["a", "1:b"]]
        let secrets = [nil] + [1, 2].map { Secret([UInt8](repeating: $0, count: 32)) }
        func keys() throws -> [ThrottleKey] {
            try secrets.flatMap { secret in try parts.map { try ThrottleKey(of: $0, under: secret) } }
        }
        #expect(try Set(keys()).count == 18)
        #expect(try keys() == keys())
    }

    @Test func `a key is the first half of a digest, or of an HMAC, of its parts with their lengths`() throws {
        let text = "7:account15:ann@example.org"
        let secret = Secret(Array("a secret of 32 bytes, or nearly.".utf8))
        let (plain, keyed) = try (
            ThrottleKeys(secret: nil).key(.account, "ann@example.org"),
            ThrottleKeys(secret: secret).key(.account, "ann@example.org")
        )
        #expect(plain.bytes == Array(SHA256.digest(of: text).prefix(16)))
        #expect(keyed.bytes == Array(try HMACSHA256.code(of: Array(text.utf8), key: secret).prefix(16)))
    }
}
