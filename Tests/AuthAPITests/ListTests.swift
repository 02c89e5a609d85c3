import Foundation
import HTTP
import HTTPTypes
import TestSupport
import Testing

@testable import AuthAPI
@testable import Identity

/// The common rules of all lists.
struct ListTests {
    let installation: TestInstallation
    let owner: String

    static let lists = [
        "/account", "/app/user", "/app/audit", "/account/token", "/account/session", "/account/organization",
    ]

    init() throws {
        installation = try TestInstallation()
        owner = try #require(
            installation.login(TestInstallation.ownerEmail, TestInstallation.ownerPassword).sessionToken)
    }

    private func get(_ path: String) -> TestAnswer { installation.get(path, owner) }

    /// Follows a list's cursors from one end to the other.
    ///
    /// - Parameter between: called between two pages.
    private func walk(
        _ path: String, _ size: Int, backwards: Bool = false, between: (TestAnswer) throws -> Void = { _ in }
    ) throws -> [String] {
        var pages: [[String]] = []
        var page = get("\(path)?page_size=\(size)")
        if backwards {
            while let next = page.string("next_cursor") { page = get("\(path)?page_size=\(size)&after=\(next)") }
        }
        while pages.count < 100 {
            #expect(page.status == 200)
            pages.append(page.column("id"))
            try between(page)
            if backwards {
                #expect(page.object["has_previous_page"] as? Bool == (page.string("previous_cursor") != nil))
                guard let previous = page.string("previous_cursor") else { break }
                page = get("\(path)?page_size=\(size)&before=\(previous)")
            } else {
                #expect(page.object["has_next_page"] as? Bool == (page.string("next_cursor") != nil))
                guard let next = page.string("next_cursor") else { break }
                page = get("\(path)?page_size=\(size)&after=\(next)")
            }
        }
        return backwards ? Array(pages.reversed().joined()) : Array(pages.joined())
    }

    @Test(arguments: lists) func `a list has its shape also where it fits on one page`(_ path: String) throws {
        let answer = get(path)
        #expect(answer.status == 200)
        let count = answer.rows.count
        #expect(count > 0)
        let tail = "\"next_cursor\":null,\"previous_cursor\":null,\"has_next_page\":false,\"has_previous_page\":false,"
        #expect(answer.body.hasSuffix("],\(tail)\"total_count\":\(count)}"))
        #expect(answer.body.hasPrefix("{\"data\":[{\"id\":\""))
    }

    @Test func `an empty list has its shape`() {
        #expect(
            get("/app/audit?until=2000-01-01T00:00:00Z").body
                == "{\"data\":[],\"next_cursor\":null,\"previous_cursor\":null,\"has_next_page\":false,"
                + "\"has_previous_page\":false,\"total_count\":0}")
    }

    @Test(arguments: ["/account", "/app/user", "/app/audit"])
    func `pages follow one another in both directions`(_ path: String) throws {
        for index in 0..<11 {
            if index.isMultiple(of: 3) { installation.clock.advance(by: 1) }
            try installation.addAccount("a\(index)@example.test")
        }
        let all = get("\(path)?page_size=100").column("id")
        #expect(all.count >= 12 && Set(all).count == all.count)
        for size in [1, 4, 6, 12] {
            #expect(try walk(path, size) == all)
            #expect(try walk(path, size, backwards: true) == all)
        }
        let first = get("\(path)?page_size=5")
        #expect(first.object["has_previous_page"] as? Bool == false)
        #expect(first.object["total_count"] as? Int == all.count)
        let second = get("\(path)?page_size=5&after=\(try #require(first.string("next_cursor")))")
        let back = get("\(path)?page_size=5&before=\(try #require(second.string("previous_cursor")))")
        #expect(back.column("id") == first.column("id"))
    }

    @Test(arguments: [false, true])
    func `while accounts come and go none stands twice, and none is missing that stayed`(_ backwards: Bool) throws {
        var staying: [String] = []
        for index in 0..<12 {
            installation.clock.advance(by: Int64(index % 2))
            staying.append("\(try installation.addAccount("s\(index)@example.test").id)")
        }
        var going = try (0..<8).map { try installation.addAccount("g\($0)@example.test").id }
        var count = 0
        let seen = try walk("/account", 3, backwards: backwards) { page in
            count += 1
            // The row at which the cursor stands goes, one elsewhere, and one comes.
            let edge = backwards ? page.column("id").first : page.column("id").last
            if let edge, let index = going.firstIndex(where: { "\($0)" == edge }) {
                try installation.service.erase(going.remove(at: index), by: .operator)
            }
            if let other = going.popLast() { try installation.service.erase(other, by: .operator) }
            if count < 6 {
                installation.clock.advance(by: 1)
                try installation.addAccount("new\(count)@example.test")
            }
        }
        #expect(Set(seen).count == seen.count)
        #expect(seen.filter(staying.contains) == get("/account?page_size=100").column("id").filter(staying.contains))
        #expect(Set(staying).isSubset(of: seen))
    }

    @Test(arguments: lists) func `a page has at most a hundred rows, and a cursor is one`(_ path: String) {
        for size in ["0", "101", "-1", "+5", "5.0", "x", "", "99999999999999999999", "%31%30%30%30"] {
            #expect(get("\(path)?page_size=\(size)").queryFaults == ["page_size out_of_range"])
        }
        for size in ["1", "100", "%31", "007"] { #expect(get("\(path)?page_size=\(size)").status == 200) }
        for cursor in ["", "x", String(repeating: "g", count: 32), String(repeating: "0", count: 31)] {
            #expect(
                get("\(path)?after=\(cursor)&before=\(cursor)").queryFaults == [
                    "after invalid_format", "before invalid_format",
                ])
        }
        let end = String(repeating: "0", count: 32)
        #expect(get("\(path)?after=\(end)").status == 200)
        #expect(get("\(path)?before=\(end)").status == 200)
        #expect(get("\(path)?after=\(end)&before=\(end)").queryFaults == ["before out_of_range"])
        #expect(get("\(path)?before=\(String(repeating: "f", count: 32))").status == 200)
    }

    @Test func `an empty page tells what stands on the other side of its cursor`() throws {
        for path in ["/account", "/app/user", "/app/audit"] {
            let newest = try installation.addAccount("last@example.test")
            let pages = try walkEnds(path)
            if path != "/app/audit" { try installation.service.erase(newest.id, by: .operator) }
            // Behind the last row and before the first one there is nothing; those rows themselves are beside it.
            let behind = get("\(path)?page_size=1&after=\(pages.last)")
            #expect(behind.rows.isEmpty, "\(path)")
            #expect(behind.object["has_next_page"] as? Bool == false && behind.string("next_cursor") == nil)
            #expect(behind.object["has_previous_page"] as? Bool == true)
            let last = get("\(path)?page_size=1&before=\(try #require(behind.string("previous_cursor")))")
            #expect(last.column("id") == get("\(path)?page_size=100").column("id").suffix(1), "\(path)")
            let before = get("\(path)?page_size=1&before=\(pages.first)")
            #expect(before.rows.isEmpty, "\(path)")
            #expect(before.object["has_previous_page"] as? Bool == false && before.string("previous_cursor") == nil)
            #expect(before.object["has_next_page"] as? Bool == true)
            let first = get("\(path)?page_size=1&after=\(try #require(before.string("next_cursor")))")
            #expect(first.column("id") == get("\(path)?page_size=1").column("id"), "\(path)")
            if path != "/app/audit" { continue }
            try installation.service.erase(newest.id, by: .operator)
        }
    }

    /// The cursors of the first and the last row of a list.
    private func walkEnds(_ path: String) throws -> (first: String, last: String) {
        var page = get("\(path)?page_size=1")
        let first = try #require(page.string("next_cursor"))
        while let next = page.string("next_cursor") { page = get("\(path)?page_size=1&after=\(next)") }
        return (first, try #require(page.string("previous_cursor")))
    }

    @Test(arguments: ["0".padding(toLength: 32, withPad: "0", startingAt: 0), "7fffffffffffffff7fffffffffffffff"])
    func `an empty page at the end of all cursors has its neighbours`(_ cursor: String) {
        // The first is a place before all accounts, the second one behind.
        let isBehind = cursor.hasPrefix("7")
        let page = get("/account?\(isBehind ? "after" : "before")=\(cursor)")
        #expect(page.rows.isEmpty)
        #expect(page.object["has_previous_page"] as? Bool == isBehind)
        #expect(page.object["has_next_page"] as? Bool == !isBehind)
        #expect((page.string("previous_cursor") != nil) == isBehind)
        #expect((page.string("next_cursor") != nil) == !isBehind)
    }

    @Test(arguments: lists) func `nothing is counted where that is not wanted`(_ path: String) {
        #expect(get("\(path)?count=false").body.hasSuffix("\"total_count\":null}"))
        #expect(get("\(path)?count=true").object["total_count"] as? Int == get(path).rows.count)
        for wrong in ["", "0", "no", "FALSE"] {
            #expect(get("\(path)?count=\(wrong)").queryFaults == ["count invalid_format"])
        }
    }

    @Test func `lists beyond the line are 503, and everything else goes on`() throws {
        let installation = try TestInstallation(lists: ListQueue(concurrency: 1, length: 0))
        let release = DispatchSemaphore(value: 0)
        let started = DispatchSemaphore(value: 0)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            _ = try? installation.service.lists.read(for: nil) { () throws(StoreError) in
                started.signal()
                release.wait()
            }
            done.signal()
        }
        started.wait()
        for path in Self.lists.filter({ $0 != "/account/session" && $0 != "/account/organization" }) {
            let answer = installation.get(path, installation.adminToken)
            #expect(answer.code == "overloaded")
            #expect(answer.fields[.retryAfter] == "1")
            #expect(answer.delay > .zero)
        }
        #expect(installation.get("/auth/verify", installation.adminToken).status == 204)
        #expect(installation.login(TestInstallation.ownerEmail, TestInstallation.ownerPassword).status == 200)
        release.signal()
        done.wait()
        #expect(installation.get("/account", installation.adminToken).status == 200)
    }

    @Test func `the default is twenty`() throws {
        for index in 0..<20 { try installation.addAccount("a\(index)@example.test") }
        let answer = get("/account")
        #expect(answer.rows.count == 20)
        #expect(answer.object["total_count"] as? Int == 21)
    }

    // MARK: Query

    private func read(_ text: String, _ name: String) throws -> (value: String?, faults: [InputFault]) {
        var query = try Fields(query: text)
        let value = query[QueryParameter<String>(name, "")]
        return (value, query.faults)
    }

    @Test(arguments: [
        ("a=b", "b"), ("x=y&a=b", "b"), ("&&a=b&", "b"), ("a=", ""), ("a", ""), ("a=b=c", "b=c"), ("%61=%C3%A9", "é"),
        ("a=b+c", "b+c"), ("a=b%2Bc%26d%3D%25", "b+c&d=%"), ("A=x&a=b", "b"), ("a=b%00", "b\u{0}"), ("b=a", nil),
        ("", nil),
    ])
    func `a parameter is decoded`(_ text: String, _ value: String?) throws {
        let read = try read(text, "a")
        #expect(read.value == value)
        #expect(read.faults.isEmpty)
    }

    @Test(arguments: ["a=%", "a=%1", "a=%zz", "%=a", "a=%FF", "a=%C3", "a=%ED%A0%80", "x=%2&a=b"])
    func `what is not percent-encoded UTF-8 is refused`(_ text: String) {
        #expect(throws: URLEncodedError.malformed) { try Fields(query: text) }
        #expect(get("/account?\(text)").code == "invalid_request")
    }

    @Test func `what stands twice, or is far too long, is refused, and what nobody knows is ignored`() throws {
        #expect(try read("a=b&%61=b", "a").faults.map(\.code) == [.repeated])
        #expect(try read("x=1&x=2&a=b", "a").faults.isEmpty)
        #expect(throws: URLEncodedError.tooLong(limit: 4096)) {
            try Fields(query: String(repeating: "a", count: 4097))
        }
        #expect(get("/account?a=\(String(repeating: "x", count: 5000))").code == "invalid_request")
        #expect(get("/account?utm_source=x&utm_source=y").status == 200)
    }
}
