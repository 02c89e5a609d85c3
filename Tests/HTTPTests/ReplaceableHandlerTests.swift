import Dispatch
import HTTP
import HTTPTypes
import Synchronization
import Testing

@Suite struct ReplaceableHandlerTests {
    /// Answers with a status, and waits before it does if it is told to.
    private struct Fixed: Handler {
        let status: HTTPResponse.Status
        var begun: DispatchSemaphore?
        var gate: DispatchSemaphore?

        func answer(_: ReceivedRequest) -> Answer {
            begun?.signal()
            gate?.wait()
            return .response(Response(status: status))
        }
    }

    private let request: Request

    init() throws {
        var body = ArrayBody("")
        request = try Request(["REQUEST_METHOD": "GET", "PATH_INFO": "/"], body: &body, bodyLimit: 0)
    }

    @Test func theNextRequestIsAnsweredByTheNewOne() {
        let handler = ReplaceableHandler(Fixed(status: .ok))
        #expect(handler.respond(to: request).status == .ok)
        handler.replace(with: Fixed(status: .gone))
        #expect(handler.respond(to: request).status == .gone)
        #expect(handler.answer(.malformed(.method, [:])).response().status == .gone)
    }

    @Test func aRequestThatHasBegunHoldsNobodyUp() throws {
        let (begun, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let handler = ReplaceableHandler(Fixed(status: .ok, begun: begun, gate: gate))
        let request = request
        let group = DispatchGroup()
        DispatchQueue(label: "request").async(group: group) {
            let answered = handler.respond(to: request).status
            Self.first.withLock { $0 = answered }
        }
        #expect(begun.wait(timeout: .now() + 10) == .success)
        handler.replace(with: Fixed(status: .gone))
        #expect(handler.respond(to: request).status == .gone)
        gate.signal()
        group.wait()
        #expect(Self.first.withLock { $0 } == .ok)
    }

    private static let first = Mutex<HTTPResponse.Status?>(nil)
}
