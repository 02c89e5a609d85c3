import FastCGI
import Foundation
import HTTP
import TestSupport
import Testing

@Suite struct AnswerTests {
    @Test func answersARequest() throws {
        try withServer { path, running in
            let answer = try #require(try Peer(path: path).exchange(Records.request(path: "/a?b")))
            #expect(answer.status == "Status: 200 OK")
            #expect(answer.body == Echo.text("GET", "/a"))
            #expect(answer.applicationStatus == 0 && answer.protocolStatus == 0)
            #expect(running.server.status.answered == 1)
        }
    }

    @Test func closesAConnectionThatIsNotToBeKept() throws {
        try withServer { path, _ in
            let peer = try Peer(path: path)
            #expect(try peer.exchange(Records.request(keep: false))?.body == Echo.text())
            #expect(try peer.isClosed())
        }
    }

    @Test func keepsAConnectionForManyRequests() throws {
        try withServer { path, running in
            let peer = try Peer(path: path)
            for number in 0..<200 {
                let body = [UInt8](repeating: UInt8(number % 256), count: number * 7)
                let bytes = Records.request(path: "/\(number)", body: body, id: UInt16(number % 3 + 1))
                #expect(try peer.exchange(bytes)?.body == Echo.text("POST", "/\(number)", body: body))
            }
            #expect(running.server.status.accepted == 1)
        }
    }

    @Test func answersManyConnectionsAtOnce() throws {
        try withServer(settings: ServerSettings(threads: 4)) { path, running in
            DispatchQueue.concurrentPerform(iterations: 8) { number in
                for _ in 0..<100 {
                    let answer = try? Peer(path: path).exchange(Records.request(path: "/\(number)", keep: false))
                    #expect(answer?.body == Echo.text("GET", "/\(number)"))
                }
            }
            #expect(running.server.status.answered == 800)
        }
    }

    @Test(arguments: [1, 7, 8, 100, 4096])
    func readsALargeRequestInRecordsOfAnySize(size: Int) throws {
        // A byte a record makes sixteen of one.
        let body = (0..<(size == 1 ? 900 : 9_000)).map { UInt8($0 * 7 % 251) }
        let header = ("HTTP_X_LONG", String(repeating: "v", count: 3_000))
        try withServer { path, _ in
            let peer = try Peer(path: path)
            for _ in 0..<2 {
                let bytes = Records.request(body: body, more: [header], recordSize: size)
                #expect(try peer.exchange(bytes)?.body == Echo.text("POST", body: body))
            }
        }
    }

    @Test func readsARequestWithTheLongestParametersAndBody() throws {
        let body = (0..<(16 << 10)).map { UInt8($0 * 7 % 251) }
        let headers = (0..<47).map { ("HTTP_X_\($0)", String(repeating: "v", count: 1_000)) }
        try withServer(settings: ServerSettings(threads: 1)) { path, _ in
            let peer = try Peer(path: path)
            for _ in 0..<3 {
                let bytes = Records.request(body: body, more: headers)
                #expect(try peer.exchange(bytes)?.body == Echo.text("POST", body: body))
            }
        }
    }

    @Test(arguments: [60, 70])
    func refusesParametersThatLeaveTooLittleForABody(count: Int) throws {
        let headers = (0..<count).map { ("HTTP_X_\($0)", String(repeating: "v", count: 1_000)) }
        try withServer { path, running in
            let peer = try Peer(path: path)
            try? peer.send(Records.request(body: [UInt8](repeating: 7, count: 16 << 10), more: headers))
            #expect(try peer.isClosed())
            #expect(running.events.await { $0 == .refused(.parameters) })
        }
    }

    @Test func readsARequestThatComesBytewise() throws {
        try withServer { path, _ in
            let peer = try Peer(path: path)
            for byte in Records.request(body: [1, 2, 3]) { try peer.send([byte]) }
            #expect(try peer.receiveAnswer()?.body == Echo.text("POST", body: [1, 2, 3]))
        }
    }

    @Test func writesALargeAnswer() throws {
        try withServer { path, _ in
            let answer = try #require(try Peer(path: path).exchange(Records.request(path: "/large")))
            #expect(answer.body.utf8.count == 1_000_000)
        }
    }

    @Test func takesABodyAtItsLimitAndRefusesOneOverIt() throws {
        try withServer(settings: ServerSettings(threads: 1, bodyLimit: 1000)) { path, _ in
            let peer = try Peer(path: path)
            let body = [UInt8](repeating: 7, count: 1000)
            #expect(try peer.exchange(Records.request(body: body))?.body == Echo.text("POST", body: body))
            for length in [1001, 20_000, 30_000] {
                let tooLong = [UInt8](repeating: 7, count: length)
                #expect(
                    try peer.exchange(Records.request(body: tooLong))?.body == Echo.text("POST", arrival: "tooLarge"))
                #expect(try peer.exchange(Records.request(body: body))?.body == Echo.text("POST", body: body))
            }
        }
    }

    @Test(arguments: [70_000, 6_000_000], [1_000, 65_528])
    func closesTheConnectionAfterABodyFarOverItsLimit(length: Int, recordSize: Int) throws {
        try withServer(settings: ServerSettings(threads: 1, bodyLimit: 1000)) { path, running in
            let peer = try Peer(path: path)
            // The rest of it may be refused.
            try? peer.send(Records.request(body: [UInt8](repeating: 7, count: length), recordSize: recordSize))
            #expect(try peer.receiveAnswer()?.body == Echo.text("POST", arrival: "tooLarge"))
            #expect(try peer.isReleasedAndClosed())
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    @Test(arguments: [nil, 0, 5, 70_000])
    func tellsThatABodyFarOverItsLimitIsTooLargeWhateverWasDeclared(length: Int?) throws {
        let variables = Records.pairs(Records.variables(method: "POST", length: length))
        let bytes =
            Records.begin() + Records.stream(Records.Kind.parameters, variables)
            + Records.stream(Records.Kind.input, [UInt8](repeating: 7, count: 70_000))
        try withServer(settings: ServerSettings(threads: 1, bodyLimit: 1000)) { path, _ in
            let peer = try Peer(path: path)
            try peer.send(bytes.prefix(66_000))
            #expect(try peer.receiveAnswer()?.body == Echo.text("POST", arrival: "tooLarge"))
        }
    }

    @Test func tellsThatABodyIsShorterThanDeclared() throws {
        try withServer { path, _ in
            let peer = try Peer(path: path)
            let bytes = Records.request(body: [1, 2, 3], length: 4)
            #expect(try peer.exchange(bytes)?.body == Echo.text("POST", arrival: "truncated"))
            #expect(try peer.exchange(Records.request())?.body == Echo.text())
        }
    }

    @Test func ignoresWhatABodyHasPastItsDeclaredLength() throws {
        try withServer { path, _ in
            let peer = try Peer(path: path)
            let bytes = Records.request(body: [1, 2, 3, 4], length: 2)
            #expect(try peer.exchange(bytes)?.body == Echo.text("POST", body: [1, 2]))
            #expect(try peer.exchange(Records.request())?.body == Echo.text())
        }
    }

    @Test func aPeerThatHangsUpHarmsNothing() throws {
        let bytes = Records.request(body: [UInt8](repeating: 1, count: 50_000))
        try withServer(settings: ServerSettings(threads: 1, bodyLimit: 32 << 10)) { path, _ in
            for length in stride(from: 0, to: bytes.count, by: 1777) {
                try Peer(path: path).send(bytes.prefix(length))
            }
            // These do not wait for their answers.
            for _ in 0..<20 { try Peer(path: path).send(Records.request(path: "/large")) }
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    @Test func answersAPeerThatSendsNothingMore() throws {
        try withServer { path, _ in
            let peer = try Peer(path: path)
            try peer.send(Records.request())
            peer.endSending()
            #expect(try peer.receiveAnswer()?.body == Echo.text())
        }
    }
}
