import Foundation
import TestSupport
import Testing

/// Changes that several processes make at once.
extension Integration {
    struct ConcurrentChangeTests {
        @Test func `changes of one account by several processes lose nothing`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            let slugs = (0..<12).map { "org-\($0)" }
            for slug in slugs { try deployment.successful(["organization", "create", slug]) }
            let start = deployment.starter
            var work = slugs.map { slug in
                Background { try start(["user", "add", "ann@example.test", "--organization", slug]) }
            }
            work += (0..<4).map { number in
                Background {
                    try start([
                        "user", "update", "ann@example.test", "--organization", "example", "--name", "Ann \(number)",
                    ])
                }
            }
            for task in work { #expect(try task.value() == 0) }
            let account = try deployment.successful(["account", "show", "ann@example.test", "--json"]).object
            let users = try #require(account["users"] as? [[String: Any]])
            #expect(users.count == 1 + slugs.count)
            #expect(users.contains { ($0["name"] as? String)?.hasPrefix("Ann ") == true })
            let log = try deployment.lines(["audit", "export", "--account", "ann@example.test"])
            #expect(log.count { $0["type"] as? String == "user.created" } == slugs.count)
            #expect(log.count { $0["type"] as? String == "user.changed" } == 4)
        }

        @Test func `of two owners who are demoted at once one stays`() throws {
            let deployment = try Deployment(serves: false)
            let owners = ["owner@example.test", "ann@example.test"]
            try deployment.createAccount("ann@example.test")
            let start = deployment.starter
            for _ in 0..<5 {
                for owner in owners {
                    try deployment.successful(["account", "update", owner, "--role", "AppOwner"])
                }
                let work = owners.map { owner in
                    Background { try start(["account", "update", owner, "--role", "AppMember"]) }
                }
                #expect(try work.map { try $0.value() }.sorted() == [0, 65])
                let roles = try deployment.objects(["user", "list", "--organization", "example"]).map {
                    $0["roles"] as? [String]
                }
                #expect(roles.count { $0 == ["AppOwner"] } == 1)
            }
        }
    }
}

extension Deployment {
    /// A function that runs a command and gives its exit status, for use on other threads.
    fileprivate var starter: @Sendable (_ arguments: [String]) throws -> Int32 {
        let environment = environment
        return { try run(Paths.binary, $0, environment: environment).status }
    }
}
