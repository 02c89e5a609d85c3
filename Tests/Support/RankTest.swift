/// The rank test of Mann and Whitney: whether one of two samples tends to be larger, whatever their distributions.
public struct RankTest: Sendable {
    /// The chance that a value of the second sample is larger than one of the first, where equals count half: 0.5 where
    /// they cannot be told apart, 0 or 1 where they always can.
    public let superiority: Double
    /// The standard error of `superiority` where there is no difference.
    public let standardError: Double

    /// How far the samples are apart, from 0 to 0.5.
    public var effect: Double { abs(superiority - 0.5) }

    public init<Value: Comparable>(_ first: [Value], _ second: [Value]) {
        let (m, n) = (Double(first.count), Double(second.count))
        let all = (first.map { ($0, false) } + second.map { ($0, true) }).sorted { $0.0 < $1.0 }
        var rankSum = 0.0
        var start = 0
        while start < all.count {
            let end = all[start...].firstIndex { $0.0 != all[start].0 } ?? all.count
            // Equals share the middle of their ranks.
            rankSum += Double(all[start..<end].count { $0.1 }) * Double(start + 1 + end) / 2
            start = end
        }
        superiority = (rankSum - n * (n + 1) / 2) / (m * n)
        standardError = ((m + n + 1) / (12 * m * n)).squareRoot()
    }
}
