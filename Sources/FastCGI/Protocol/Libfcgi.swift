import CFastCGI
import Glibc

/// libfcgi as a whole.
enum Libfcgi {
    /// Whether the library is initialized, which its first use does once in the process, and lays requests out as its header
    /// says.
    static let isReady: Bool = {
        // FCGX_Init takes over these three wherever they have no handler.
        let signals = [SIGPIPE, SIGTERM, SIGUSR1]
        let before = signals.map { number in
            var action = sigaction()
            _ = unsafe sigaction(number, nil, &action)
            return action
        }
        let isReady = FCGX_Init() == 0 && FCGXRequest.isLayoutKnown
        for (number, action) in zip(signals, before) {
            unsafe withUnsafePointer(to: action) { _ = unsafe sigaction(number, $0, nil) }
        }
        // A web server that has hung up is an error to be read, not a reason to end.
        signal(SIGPIPE, SIG_IGN)
        return isReady
    }()
}
