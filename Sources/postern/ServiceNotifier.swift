import Dispatch
import Logging
import System

/// Tells a service manager that the responder is ready, that it is alive, and that it stops.
///
/// It says so only when the server has shown that it does its work, so that one that hangs is restarted.
final class ServiceNotifier: Sendable {
    private let socket: NotificationSocket
    private let watchdog: WatchdogInterval?
    private let isAlive: @Sendable (Duration) -> Bool
    private let logger: Logger
    private let stopping = DispatchSemaphore(value: 0)

    /// Starts a thread that tells; returns `nil` where nobody wants to know.
    ///
    /// - Parameter isAlive: whether the server shows that it works, within some time.
    /// - Throws: `SystemError` where the kernel has no thread left.
    static func start(
        environment: [String: String], logger: Logger, isAlive: @escaping @Sendable (Duration) -> Bool
    ) throws(SystemError) -> ServiceNotifier? {
        guard let socket = NotificationSocket(environment: environment) else { return nil }
        let notifier = ServiceNotifier(
            socket: socket, watchdog: WatchdogInterval(environment: environment), isAlive: isAlive, logger: logger)
        try Thread("notifier") { notifier.run() }.detach()
        return notifier
    }

    private init(
        socket: NotificationSocket, watchdog: WatchdogInterval?, isAlive: @escaping @Sendable (Duration) -> Bool,
        logger: Logger
    ) {
        self.socket = socket
        self.watchdog = watchdog
        self.isAlive = isAlive
        self.logger = logger
    }

    /// Says that the responder stops. It goes on to say that it is alive, until `stop`.
    func noteStopping() { socket.send("STOPPING=1") }

    /// Ends the thread, which has nothing more to say.
    func stop() { stopping.signal() }

    private func run() {
        var isReady = false
        let interval = watchdog?.limit ?? .seconds(10)
        while true {
            let start = ContinuousClock.now
            if isAlive(interval / 2) {
                if !isReady { isReady = send("READY=1") }
                if isReady && watchdog != nil { send("WATCHDOG=1") }
            } else {
                logger.error("the threads that answer requests do not come round")
            }
            if isReady && watchdog == nil { return }
            let rest = interval / 2 - (ContinuousClock.now - start)
            if stopping.wait(timeout: .now() + .milliseconds(rest.wholeMilliseconds)) == .success { return }
        }
    }

    @discardableResult
    private func send(_ state: String) -> Bool {
        let isSent = socket.send(state)
        if !isSent { logger.error("cannot tell the service manager \(state): see NOTIFY_SOCKET") }
        return isSent
    }
}

extension Duration {
    /// The duration in milliseconds, cut; at least 1.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}
