import Foundation
import Glibc

/// The rank test of Mann and Whitney: whether one of two samples tends to be larger, whatever their distributions.
public struct RankTest: Sendable {
    /// The chance that a value of the second sample is larger than one of the first, if equals count half: 0.5 if
    /// they cannot be told apart, 0 or 1 if they always can.
    public let superiority: Double
    /// The chance that samples of one and the same distribution are as far apart as these, or farther, by the normal
    /// approximation with its correction for equals.
    public let p: Double

    public init<Value: Comparable>(_ first: [Value], _ second: [Value]) {
        let (m, n) = (Double(first.count), Double(second.count))
        let all = (first.map { ($0, false) } + second.map { ($0, true) }).sorted { $0.0 < $1.0 }
        var rankSum = 0.0
        var ties = 0.0
        var start = 0
        while start < all.count {
            let end = all[start...].firstIndex { $0.0 != all[start].0 } ?? all.count
            // Equals share the middle of their ranks.
            rankSum += Double(all[start..<end].count { $0.1 }) * Double(start + 1 + end) / 2
            let equals = Double(end - start)
            ties += equals * (equals * equals - 1)
            start = end
        }
        superiority = (rankSum - n * (n + 1) / 2) / (m * n)
        let variance = (m + n + 1 - ties / ((m + n) * (m + n - 1))) / (12 * m * n)
        p = variance > 0 ? erfc(abs(superiority - 0.5) / (2 * variance).squareRoot()) : 1
    }
}

/// Two samples of times that nobody shall be able to tell apart, as far as a rank test can.
public struct TimeComparison: Sendable {
    /// The `p` that chance makes of one and the same distribution once in a thousand times.
    public static let threshold = 0.001
    /// The difference that the same samples must be good enough to show.
    public static let resolution = 1.05

    /// The test of the samples as they are.
    public let test: RankTest
    /// True if a difference of 5 % in either would be found: else the samples are too few, or too uneven.
    public let isSharp: Bool
    /// The test, in words.
    public let description: String

    public init(_ first: [Duration], _ second: [Duration]) {
        test = RankTest(first, second)
        let slower = [(Self.resolution, 1.0), (1.0, Self.resolution)].map { one, other in
            RankTest(first.map { $0 * one }, second.map { $0 * other }).p
        }
        isSharp = slower.allSatisfy { $0 < Self.threshold }
        description =
            "p = \(test.p), superiority \(test.superiority), medians \(first.sorted()[first.count / 2]) and "
            + "\(second.sorted()[second.count / 2]), with 5 % more \(slower)"
    }

    /// True if the samples can be told apart.
    public var isTold: Bool { test.p < Self.threshold }
    /// True if the samples can't be told apart, although they are good enough.
    public var isAlike: Bool { !isTold && isSharp }
}

/// The time for which the present thread computes something, other threads' left out.
public func processorTime(_ body: () -> Void) -> Duration {
    func now() -> Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    let start = now()
    body()
    return now() - start
}
