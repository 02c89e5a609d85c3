import Dispatch
import System

/// The waits before a write that was undone is tried again: longer each time, and drawn, so that two that met do not
/// meet again.
struct Backoff: Sendable {
    /// Draws a number.
    let random: @Sendable () -> UInt64
    /// Waits for a time.
    var sleep: @Sendable (Duration) -> Void = Self.sleep

    /// The longest wait before the second try; before the third it is four times as long.
    static let first = Duration.milliseconds(40)

    func wait(before tries: Int, until deadline: ContinuousClock.Instant) {
        let longest = min(Self.longest(tries), ContinuousClock.now.duration(to: deadline))
        guard longest > .zero else { return }
        // From a half of it on: none at all would meet the other one in its midst.
        sleep(longest / 2 + longest * Int(random() % 1024) / 2048)
    }

    /// - Parameter tries: the tries so far, from 1.
    static func longest(_ tries: Int) -> Duration { first * (1 << (2 * (min(tries, 8) - 1))) }

    static func sleep(_ time: Duration) {
        _ = blocking { DispatchSemaphore(value: 0).wait(timeout: .now() + time.inSeconds) }
    }
}
