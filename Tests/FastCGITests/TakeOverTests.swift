import FastCGI
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct TakeOverTests {
    @Test func aPreparedSocketIsReachedOnlyOnceItHasItsName() throws {
        let folder = try TemporaryFolder()
        let listener = try Listener(preparing: .unix(path: folder.socket))
        #expect(!folder.contents.contains("s"))
        try listener.publish()
        #expect(folder.contents == ["s"])
        _ = try Peer(path: folder.socket)
        listener.close()
        #expect(folder.contents == [])
    }

    @Test func whatWasNeverPublishedLeavesNothingBehind() throws {
        let folder = try TemporaryFolder()
        let first = try Listener(.unix(path: folder.socket))
        let second = try Listener(preparing: .unix(path: folder.socket))
        #expect(throws: ListenerError.inUse(.unix(path: folder.socket))) { try second.publish() }
        second.close()
        #expect(folder.contents == ["s"])
        _ = try Peer(path: folder.socket)
        first.close()
        #expect(folder.contents == [])
    }

    @Test func onlyASocketIsTakenOver() throws {
        let folder = try TemporaryFolder()
        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.socket))
        let listener = try Listener(preparing: .unix(path: folder.socket))
        #expect(throws: ListenerError.notASocket(path: folder.socket)) { try listener.publish(takingOver: true) }
        #expect(FileManager.default.contents(atPath: folder.socket) == Data("mine".utf8))
        let tcp = try Listener(preparing: .tcp(host: "127.0.0.1", port: 0))
        #expect(throws: ListenerError.noTakeOver(tcp.address)) { try tcp.publish(takingOver: true) }
    }

    @Test func theOneBeforeNoticesAndEnds() throws {
        let folder = try TemporaryFolder()
        let old = try Running(Listener(.unix(path: folder.socket)))
        let kept = try Peer(path: folder.socket)
        #expect(try kept.exchange(Records.request())?.body == Echo.text())
        let listener = try Listener(preparing: .unix(path: folder.socket))
        try listener.publish(takingOver: true)
        let new = try Running(listener)
        #expect(old.events.await { $0 == .takenOver })
        #expect(try kept.exchange(Records.request())?.body == Echo.text())
        kept.close()
        #expect(try old.awaitEnd() == true)
        #expect(try Peer(path: folder.socket).exchange(Records.request())?.body == Echo.text())
        #expect(folder.contents == ["s"])
        new.server.stop()
        #expect(try new.awaitEnd() == true)
        #expect(folder.contents == [])
    }

    @Test func noConnectionIsLostWhenOneServerFollowsAnother() throws {
        let folder = try TemporaryFolder()
        let isOver = Atomic(false)
        let answered = Atomic(0)
        let clients = (0..<4).map { client in
            let thread = Thread {
                while !isOver.load(ordering: .relaxed) {
                    let answer = try? Peer(path: folder.socket).exchange(Records.request(keep: client % 2 == 0))
                    #expect(answer?.body == Echo.text())
                    answered.add(1, ordering: .relaxed)
                }
            }
            return thread
        }
        var current = try Running(Listener(.unix(path: folder.socket)))
        for client in clients { client.start() }
        for _ in 0..<5 {
            let listener = try Listener(preparing: .unix(path: folder.socket))
            try listener.publish(takingOver: true)
            let next = try Running(listener)
            #expect(try current.awaitEnd() == true)
            current = next
        }
        isOver.store(true, ordering: .relaxed)
        while clients.contains(where: { !$0.isFinished }) { usleep(10_000) }
        #expect(answered.load(ordering: .relaxed) > 0)
        current.server.stop()
        #expect(try current.awaitEnd() == true)
    }
}
