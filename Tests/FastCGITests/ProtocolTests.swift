import Glibc
import HTTP
import TestSupport
import Testing

@testable import FastCGI

@Suite struct ProtocolTests {
    @Test func theLayoutOfTheLibrarysRequestIsKnown() {
        #expect(FCGXRequest.layout == [80, 48, 56, 72, 76])
        #expect(FCGXRequest.isLayoutKnown)
    }

    @Test(arguments: [false, true])
    func passesOnTheRoleOfAnAuthorizer(hasInput: Bool) throws {
        var bytes = Records.request(role: 2)
        if !hasInput { bytes.removeLast(8) }
        try withServer { path, _ in
            let peer = try Peer(path: path)
            #expect(try peer.exchange(bytes)?.body == Echo.text(role: "authorizer"))
            if hasInput {
                #expect(try peer.exchange(bytes)?.body == Echo.text(role: "authorizer"))
            } else {
                #expect(try peer.isReleasedAndClosed())
            }
        }
    }

    @Test func answersAManagementRecordAndThenARequest() throws {
        let names = ["FCGI_MAX_CONNS", "FCGI_MPXS_CONNS"]
        let query = Records.record(Records.Kind.getValues, Records.pairs(names.map { ($0, "") }), request: 0)
        try withServer { path, _ in
            for isTogether in [false, true] {
                let peer = try Peer(path: path)
                try peer.send(isTogether ? query + Records.request() : query)
                let answer = try #require(try peer.receiveRecord())
                #expect(answer.kind == Records.Kind.getValuesResult)
                #expect(answer.content == Records.pairs([("FCGI_MAX_CONNS", "2"), ("FCGI_MPXS_CONNS", "0")]))
                if !isTogether { try peer.send(Records.request()) }
                #expect(try peer.receiveAnswer()?.body == Echo.text())
                #expect(try peer.exchange(Records.request())?.body == Echo.text())
            }
        }
    }

    @Test func aManagementRecordWithoutPaddingIsAnswered() throws {
        let names = Records.pairs([("FCGI_MAX_CONNS", ""), ("FCGI_MAX_REQS", ""), ("FCGI_MPXS_CONNS", "")])
        let query = Records.record(Records.Kind.getValues, names, request: 0)
        #expect(query[6] == 0)
        try withServer(settings: ServerSettings(threads: 1)) { path, _ in
            let peer = try Peer(path: path)
            for bytes in [query, query + query] {
                try peer.send(bytes)
                for _ in 0..<(bytes.count / query.count) {
                    #expect(try peer.receiveRecord()?.kind == Records.Kind.getValuesResult)
                }
            }
            #expect(try peer.exchange(Records.request())?.body == Echo.text())
        }
    }

    /// libfcgi would take the memory, and end the process if there is not as much.
    @Test func nothingThatFollowsAManagementRecordIsReadUnseen() throws {
        let query = Records.record(Records.Kind.getValues, Records.pairs([("FCGI_MAX_CONNS", "")]), request: 0)
        let lie = Records.record(Records.Kind.parameters, [UInt8](repeating: 255, count: 8))
        try withServer { path, running in
            for _ in 0..<50 {
                let peer = try Peer(path: path)
                try peer.send(query + Records.begin())
                #expect(try peer.receiveRecord()?.kind == Records.Kind.getValuesResult)
                try peer.send(lie)
                #expect(try peer.isClosed())
            }
            #expect(running.events.all.allSatisfy { $0 == .refused(.parameters) })
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    /// libfcgi would take the names of a management record for as few as its answer has room for.
    @Test func nothingThatFollowsTheParametersOfAnOversizedRequestIsReadUnseen() throws {
        let names = Records.pairs([(String, String)](repeating: ("FCGI_MAX_CONNS", ""), count: 200))
        let query = Records.record(Records.Kind.getValues, names, request: 0)
        let bytes = Records.request(body: [UInt8](repeating: 9, count: 66_000), recordSize: 1_000).dropLast(8)
        try withServer(settings: ServerSettings(threads: 1, bodyLimit: 1_000)) { path, _ in
            for _ in 0..<10 {
                let peer = try Peer(path: path)
                try peer.send(bytes)
                usleep(1_000)
                try? peer.send(query + query)
                #expect(try peer.receiveAnswer()?.body == Echo.text("POST", arrival: "tooLarge"))
                #expect(try peer.isReleasedAndClosed())
            }
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    @Test(arguments: [20, 200])
    func survivesManyNamesInAManagementRecord(count: Int) throws {
        let names = Records.pairs([(String, String)](repeating: ("FCGI_MAX_CONNS", ""), count: count))
        let query = Records.record(Records.Kind.getValues, names, request: 0)
        try withServer { path, _ in
            let peer = try Peer(path: path)
            try peer.send(query + Records.request())
            #expect(try peer.isClosed())
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    /// libfcgi would take the content of one that it does not know for parameters, or for the body.
    @Test(arguments: [Records.Kind.getValues, 99], [UInt8]([0x05, 0xFF]))
    func refusesAManagementRecordInsideOfARequest(kind: UInt8, byte: UInt8) throws {
        let query = Records.record(kind, [byte, 0xFF, 0xFF, 0, byte, 0xFF, 0xFF, 0], request: 0)
        try withServer { path, running in
            for length in [16, Records.request().count - 8] {
                let peer = try Peer(path: path)
                try peer.send(Records.request().prefix(length) + query + Records.request().dropFirst(length))
                #expect(try peer.isClosed())
            }
            #expect(running.events.all.allSatisfy { $0 == .refused(.unexpectedRecord(kind: kind)) })
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    /// libfcgi would take it for the records that it looks like, here one with more names than its answer has room for.
    @Test(arguments: [0, 1, 2])
    func refusesPaddingThatIsNotSkipped(place: Int) throws {
        let names = Records.pairs([(String, String)](repeating: ("FCGI_MAX_CONNS", ""), count: 15))
        let padding = Records.record(Records.Kind.getValues, names, request: 0)
        let parameters = Records.record(Records.Kind.parameters, Records.pairs(Records.variables()))
        var ends = [Records.begin(), Records.record(Records.Kind.parameters), Records.record(Records.Kind.input)]
        ends[place][6] = UInt8(padding.count)
        ends[place] += padding
        try withServer { path, running in
            let peer = try Peer(path: path)
            try peer.send(ends[0] + parameters + ends[1] + ends[2])
            #expect(try peer.isClosed())
            #expect(running.events.await { $0 == .refused(.padding) })
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    /// Otherwise a look would pass over it, and the next read could begin with it.
    @Test func aByteThatComesOutOfBandIsSeen() throws {
        try withServer { path, running in
            let peer = try Peer(path: path)
            #expect(unsafe Glibc.send(peer.descriptor, [UInt8(2)], 1, Int32(MSG_OOB)) == 1)
            try? peer.send(Records.request())
            #expect(try peer.isClosed())
            #expect(running.events.await { $0 == .refused(.notFastCGI) })
        }
    }

    @Test func saysThatItDoesNotKnowAManagementRecord() throws {
        try withServer { path, _ in
            let peer = try Peer(path: path)
            try peer.send(Records.record(99, request: 0))
            let answer = try #require(try peer.receiveRecord())
            #expect(answer.kind == Records.Kind.unknownType && answer.content.first == 99)
        }
    }

    @Test func closesTheConnectionOfAnAbortedRequestAndDoesNotAnswerIt() throws {
        try withServer { path, running in
            let peer = try Peer(path: path)
            let whole = Records.request(body: [1, 2, 3])
            try peer.send(whole.dropLast(8) + Records.record(Records.Kind.abort))
            #expect(try peer.isClosed())
            #expect(running.server.status.answered == 0)
            #expect(running.events.await { $0 == .refused(.unexpectedRecord(kind: 2)) })

            #expect(try Peer(path: path).exchange(whole)?.body == Echo.text("POST", body: [1, 2, 3]))
        }
    }

    /// Records of a request that is over are ignored (FastCGI 1.0, section 3.3): an abort that crossed the answer, and
    /// ends of streams that some web servers write twice.
    @Test(arguments: [Records.Kind.abort, Records.Kind.parameters, Records.Kind.input])
    func whatBelatedlyComesForARequestLeavesTheConnectionOpen(kind: UInt8) throws {
        let late = Records.record(kind)
        try withServer(settings: ServerSettings(threads: 1)) { path, running in
            let peer = try Peer(path: path)
            for bytes in [late, late + late, []] {
                #expect(try peer.exchange(Records.request(path: "/1"))?.body == Echo.text("GET", "/1"))
                try peer.send(bytes)
                #expect(try peer.exchange(bytes + Records.request(path: "/2"))?.body == Echo.text("GET", "/2"))
            }
            #expect(running.server.status.accepted == 1)
            // With content it is none of that.
            try peer.send(Records.record(kind, [1]))
            #expect(try peer.isClosed())
            #expect(running.events.await { $0 == .refused(.unexpectedRecord(kind: kind)) })
        }
    }

    @Test(arguments: [1, 2, 5, 3_000], [0, 300, 8_192 - 8, 12_000])
    func aBodyWhoseEndIsWrittenMoreThanOnceLeavesTheConnectionOpen(ends: Int, length: Int) throws {
        let body = [UInt8](repeating: 7, count: length)
        let more = (0..<ends).flatMap { _ in Records.record(Records.Kind.input) }
        try withServer(settings: ServerSettings(threads: 1)) { path, running in
            let peer = try Peer(path: path)
            for number in 0..<3 {
                let request = Records.request(path: "/\(number)", body: body)
                #expect(try peer.exchange(request + more)?.body == Echo.text("POST", "/\(number)", body: body))
            }
            #expect(running.server.status.accepted == 1 && running.events.all.isEmpty)
        }
    }

    @Test func anEndOfABodyThatIsCutWhereTheLibraryReadsIsNotTakenForWhole() {
        // No record ends at a multiple of eight, so that 8 KiB after the beginning is inside of one.
        var bytes = Records.begin() + Records.stream(Records.Kind.parameters, [])
        let rest = 8_192 - bytes.count - 8 - 8 - 3
        bytes += [1, Records.Kind.input, 0, 1, UInt8(rest >> 8), UInt8(rest & 255), 0, 0]
        bytes += [UInt8](repeating: 1, count: rest) + Records.record(Records.Kind.input)
        #expect(bytes.count == 8_192 - 3)
        let end = Records.record(Records.Kind.input)
        #expect(RecordScan(bytes.span, limit: 65_536, bodyLimit: 9_000) == .request(endsInput: true))
        #expect(RecordScan((bytes + end).span, limit: 65_536, bodyLimit: 9_000) == .request(endsInput: false))
    }

    @Test(arguments: [UInt8(0), 3, 4, 255])
    func refusesAnUnknownRole(role: UInt8) throws {
        try withServer { path, running in
            let peer = try Peer(path: path)
            try peer.send(Records.request(role: role))
            #expect(try peer.isClosed())
            #expect(running.events.await { $0 == .refused(.role(Int(role))) })
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    @Test func refusesTwoRequestsAtOnceOnOneConnection() throws {
        try withServer { path, running in
            let peer = try Peer(path: path)
            try peer.send(Records.begin(request: 1) + Records.begin(request: 2))
            #expect(try peer.isClosed())
            #expect(running.events.await { $0 == .refused(.multiplexed) })
        }
    }

    @Test func closesTheConnectionWhereARequestCameTooSoon() throws {
        try withServer { path, _ in
            let peer = try Peer(path: path)
            #expect(
                try peer.exchange(Records.request(path: "/1") + Records.request(path: "/2"))?.body
                    == Echo.text("GET", "/1"))
            #expect(try peer.isReleasedAndClosed())
        }
    }

    @Test func survivesNonsense() throws {
        var random = SystemRandomNumberGenerator()
        let whole = Records.request(body: [UInt8](repeating: 1, count: 300))
        try withServer(settings: ServerSettings(threads: 2, receiveTimeout: .milliseconds(100))) { path, _ in
            for round in 0..<300 {
                var bytes = whole
                if round % 3 == 0 {
                    bytes = (0..<Int.random(in: 1...400)).map { _ in UInt8.random(in: 0...255, using: &random) }
                    if round % 2 == 0 { bytes[0] = 1 }
                } else {
                    for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255) }
                }
                let peer = try Peer(path: path)
                try? peer.send(bytes)
                if round % 2 == 0 { peer.endSending() }
            }
            for text in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}"] {
                let peer = try Peer(path: path)
                try peer.send(text.utf8)
                #expect(try peer.isClosed())
            }
            #expect(try Peer(path: path).exchange(whole)?.status == "Status: 200 OK")
        }
    }

    @Test(
        arguments: [
            [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [0xFF, 0xFF, 0xFF, 0xFF, 0x00], [0x05, 0x05], [0x00, 0x00],
        ] as [[UInt8]])
    func survivesParametersThatLieAboutTheirLength(content: [UInt8]) throws {
        try withServer { path, _ in
            let peer = try Peer(path: path)
            try peer.send(Records.begin() + Records.stream(Records.Kind.parameters, content) + Records.stream(5, []))
            // Closed, or answered as a request without a method.
            _ = try peer.receiveAnswer()
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }

    @Test(arguments: [(29, 8 + 30), (30, 40 + 8 + 1), (50, 40 + 8 + 21), (99, 120 + 8 + 10)])
    func seesABodyOverItsLimitAtItsFirstByteTooMany(bodyLimit: Int, place: Int) {
        let body = [UInt8](repeating: 1, count: 100)
        let bytes = Records.request(body: body, recordSize: 30)
        let start = bytes.count - Records.stream(Records.Kind.input, body, size: 30).count
        for length in 0..<bytes.count {
            let sight = RecordScan(Array(bytes.prefix(length)).span, limit: 1000, bodyLimit: bodyLimit)
            #expect(sight == (length < start + place ? .incomplete : .oversized))
        }
    }

    @Test func findsTheEndOfARequestAtEveryLength() {
        let bytes = Records.request(body: [UInt8](repeating: 1, count: 100), recordSize: 30)
        for length in 0..<bytes.count {
            #expect(RecordScan(Array(bytes.prefix(length)).span, limit: 1000, bodyLimit: 100) == .incomplete)
        }
        #expect(RecordScan(bytes.span, limit: 1000, bodyLimit: 50) == .request(endsInput: true))
        #expect(RecordScan((bytes + [1]).span, limit: 1000, bodyLimit: 50) == .request(endsInput: false))
        for (bodyLimit, sight) in [(99, RecordScan.oversized), (100, .faulty(.parameters))] {
            let cut = Array(bytes.dropLast())
            #expect(RecordScan(cut.span, limit: cut.count, bodyLimit: bodyLimit) == sight)
        }
        // The parameters are not there in full, whatever follows the last whole record.
        #expect(RecordScan(Array(bytes.prefix(50)).span, limit: 50, bodyLimit: 0) == .faulty(.parameters))
    }
}
