import Foundation
import TestSupport
import Testing

@testable import FastCGI

@Suite struct SignalTests {
    @Test func aPeerThatHangsUpDoesNotEndTheProcess() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            try withServer { path, running in
                for _ in 0..<20 { try Peer(path: path).send(Records.request(path: "/large")) }
                _ = running.events.await { if case .answerLost = $0 { true } else { false } }
            }
        }
    }

    @Test func theLibraryLeavesTheSignalsOfTheProcessAlone() async {
        await #expect(processExitsWith: .success) {
            for number in [SIGTERM, SIGUSR1] { signal(number, SIG_DFL) }
            guard Library.isReady else { exit(3) }
            for number in [SIGTERM, SIGUSR1] {
                var action = sigaction()
                unsafe sigaction(number, nil, &action)
                guard unsafe action.__sigaction_handler.sa_handler == nil else { exit(4) }
            }
        }
    }
}
