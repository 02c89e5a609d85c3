import HTTP
import HTTPTypes
import Synchronization

/// The counters of the requests to one route.
///
/// They are plain atomics, not sharded: the additions of 16 workers to one line of cache cost far less than a request.
struct RouteCounters: Sendable {
    /// The upper bounds of the histogram's buckets in nanoseconds, with their names in seconds.
    static let bounds: [(nanoseconds: Int, label: String)] = [
        (100_000, "0.0001"), (250_000, "0.00025"), (500_000, "0.0005"), (1_000_000, "0.001"), (5_000_000, "0.005"),
        (10_000_000, "0.01"), (50_000_000, "0.05"), (100_000_000, "0.1"), (250_000_000, "0.25"), (500_000_000, "0.5"),
        (1_000_000_000, "1"), (2_500_000_000, "2.5"), (5_000_000_000, "5"), (10_000_000_000, "10"),
    ]

    /// All statuses that are ever answered.
    static let statuses: [Int] = {
        let successes: [HTTPResponse.Status] = [.ok, .created, .noContent]
        return Set((successes + Problem.Code.allCases.map(\.status)).map(\.code)).sorted()
    }()

    /// The place of each status in `statuses`.
    private static let places: [Int?] = (0..<600).map { statuses.firstIndex(of: $0) }

    /// The method and the path's pattern, as labels.
    let method: String
    let route: String
    private let answers = statuses.map { _ in Counter() }
    private let buckets = (0...bounds.count).map { _ in Counter() }
    private let nanoseconds = Counter()

    init(method: String, route: String) {
        self.method = method
        self.route = route
    }

    /// Counts an answer.
    func count(_ status: HTTPResponse.Status, after duration: Duration) {
        if Self.places.indices.contains(status.code), let place = Self.places[status.code] { answers[place].add() }
        let (seconds, attoseconds) = duration.components
        let time = Int(clamping: seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        nanoseconds.add(time)
        buckets[Self.bounds.firstIndex { time <= $0.nanoseconds } ?? Self.bounds.count].add()
    }

    /// The number of answers of each status that was answered.
    var answersByStatus: [(status: Int, count: Int)] {
        zip(Self.statuses, answers).map { ($0, $1.value) }.filter { $0.count > 0 }
    }

    /// The number of answers within each bucket's bound, the number of all, and the sum of their times.
    var histogram: (upToBound: [Int], count: Int, nanoseconds: Int) {
        var sum = 0
        let sums = buckets.map { bucket in
            sum += bucket.value
            return sum
        }
        return (sums.dropLast(), sum, nanoseconds.value)
    }
}

/// A number that many threads add to.
final class Counter: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add(_ amount: Int = 1) { number.add(amount, ordering: .relaxed) }
}
