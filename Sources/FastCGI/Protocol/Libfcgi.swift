import CFastCGI
import Glibc

/// libfcgi as a whole.
enum Library {
    /// Makes the library ready, once in the process.
    static let isReady: Bool = {
        // It takes over these three wherever they have no handler.
        let signals = [SIGPIPE, SIGTERM, SIGUSR1]
        let before = signals.map { number in
            var action = sigaction()
            _ = unsafe sigaction(number, nil, &action)
            return action
        }
        let isReady = FCGX_Init() == 0 && LibraryRequest.isLayoutKnown
        for (number, action) in zip(signals, before) {
            unsafe withUnsafePointer(to: action) { _ = unsafe sigaction(number, $0, nil) }
        }
        // A web server that has hung up is an error to be read, no reason to end.
        signal(SIGPIPE, SIG_IGN)
        return isReady
    }()
}
