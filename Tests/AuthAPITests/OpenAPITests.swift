import Foundation
import HTTPTypes
import Identity
import JSON
import TestSupport
import Testing

@testable import AuthAPI

/// That the description of the API and its code say the same. What is answered is held against it in every test that makes
/// a call: see `DescribedAnswers`.
struct OpenAPITests {
    let installation: TestInstallation
    let document: [String: Any]

    init() throws {
        installation = try TestInstallation()
        document = installation.call("GET", "/openapi.json").object
    }

    private typealias Operations = [(key: String, operation: [String: Any])]

    private var operations: Operations {
        (document["paths"] as? [String: [String: [String: Any]]] ?? [:]).flatMap { path, methods in
            methods.map { ("\($0.key.uppercased()) \(path)", $0.value) }
        }
    }

    @Test func `it is OpenAPI 3.1, and open to everybody`() {
        let answer = installation.call("GET", "/openapi.json")
        #expect(answer.status == 200)
        #expect(answer.fields[.contentType] == "application/json")
        #expect(document["openapi"] as? String == "3.1.0")
        #expect((document["servers"] as? [[String: String]])?.first?["url"] == "/api/v1")
    }

    @Test func `it has every route and no other`() {
        let routes = Route.all.map(\.key)
        #expect(operations.map(\.key).sorted() == routes.sorted())
        #expect(Set(Operation.all.keys) == Set(routes))
        #expect(Route.all.map(\.number) == Array(Route.all.indices))
    }

    @Test(arguments: Route.all.map(\.key))
    func `a route needs the credential and the scope that it has in the description`(_ key: String) throws {
        let route = try #require(Route.all.first { $0.key == key })
        let operation = try #require(operations.first { $0.key == key }?.operation)
        let ways = try #require(operation["security"] as? [[String: [String]]])
        let schemes = Set(ways.flatMap(\.keys))
        let scopes = ways.compactMap { $0["apiToken"] }.flatMap(\.self)
        let session: Set = ["sessionToken", "sessionCookie"]
        switch route.access {
        case .open: #expect(ways.isEmpty)
        case .any, .verification: #expect(schemes == session.union(["apiToken"]) && scopes == [])
        case .scope(let scope): #expect(schemes == session.union(["apiToken"]) && scopes == [scope.rawValue])
        case .session: #expect(schemes == session)
        case .login: #expect(schemes == ["apiToken"] && scopes == ["login"])
        case .logout: #expect(schemes == session.union(["apiToken"]) && scopes == ["login"])
        }
        // And so it is: a token that has every other scope is refused, for want of just that one.
        if case .scope(let scope) = route.access {
            let token = try installation.token(scopes: Scope.allCases.filter { $0 != scope && $0 != .admin })
            let path = route.path.text.replacing("{id}", with: "acct_0000000000000000")
                .replacing("{hash}", with: String(repeating: "0", count: 64))
            let answer = installation.call(route.method.rawValue, path, "{}", token: token)
            #expect(answer.code == "insufficient_scope")
            #expect(answer.fields[.wwwAuthenticate]?.contains("scope=\"\(scope.rawValue)\"") == true)
        }
    }

    @Test func `every code of a problem stands where it can be answered, with its status`() throws {
        var found: Set<String> = []
        let components = try #require(document["components"] as? [String: Any])
        let shared = try #require(components["responses"] as? [String: [String: Any]])
        for (key, operation) in operations {
            let responses = try #require(operation["responses"] as? [String: [String: Any]])
            for (status, response) in responses where (Int(status) ?? 0) >= 400 {
                let name = try #require((response["$ref"] as? String)?.split(separator: "/").last)
                let content = try #require(shared[String(name)]?["content"] as? [String: [String: Any]])
                let examples = try #require(content["application/problem+json"]?["examples"] as? [String: Any])
                #expect(!examples.isEmpty)
                for name in examples.keys {
                    let code = try #require(Problem.Code(rawValue: name), "\(key) \(name)")
                    #expect("\(code.status.code)" == status)
                    found.insert(name)
                }
            }
        }
        // A path with another method is no route.
        #expect(found.union(["method_not_allowed"]) == Set(Problem.Code.allCases.map(\.rawValue)))
    }

    @Test func `every reference leads somewhere`() throws {
        var references: [String] = []
        func collect(_ value: Any) {
            if let object = value as? [String: Any] {
                if let reference = object["$ref"] as? String { references.append(reference) }
                object.values.forEach(collect)
            } else if let array = value as? [Any] {
                array.forEach(collect)
            }
        }
        collect(document)
        #expect(references.count > 100)
        for reference in Set(references) {
            let target = reference.split(separator: "/").dropFirst().reduce(document as Any?) { place, name in
                (place as? [String: Any])?[String(name)]
            }
            #expect(target != nil, "\(reference)")
        }
    }

    @Test func `every link leads to an operation that has its parameter`() {
        let operations = Array(Operation.all.values)
        #expect(Set(operations.map(\.id)).count == operations.count)
        for link in operations.flatMap(\.answer.links) {
            let target = operations.first { $0.id == link.operation }
            #expect(target != nil, "\(link.operation)")
            #expect((target?.parameter == nil) == (link.parameter == nil))
            #expect(!link.resendsBody || target?.body != nil)
        }
    }

    @Test func `the reference's examples are in it, letter by letter`() throws {
        let account = """
            {"id":"acct_6c8a1f3b2d4e5f7a","email":"sasha@auroralabs.com","name":"Sasha Patel","given_name":"Sasha",\
            "family_name":"Patel","provider":"Credentials","users":[{"id":"user_4b7c2a1d9e5f3c8b",\
            "org_id":"org_2f3a9d1c7b5e4a8f","account_id":"acct_6c8a1f3b2d4e5f7a","name":"Sasha Patel",\
            "email":"sasha@auroralabs.com","state":"Active","roles":["AppAdmin"],"created_at":"2026-02-08T14:12:45Z"}],\
            "roles":["AppAdmin"]}
            """
        for key in ["POST /auth/register", "POST /auth/login"] {
            let example = try #require(Operation.all[key]?.answer.example)
            #expect(String(decoding: example.utf8, as: UTF8.self) == account)
        }
        #expect(Operation.all["POST /auth/logout"]?.answer.example == "ok")
        let call = """
            curl -X POST "https://{BASE_URL}/api/v1/auth/register" \\
              -H "Authorization: Bearer {API_TOKEN}" \\
              -H "Content-Type: application/json" \\
              -d '{
                "email": "{username}",
                "password": "{password}",
                "roles": ["AppAdmin"]
              }'
            """
        #expect(Operation.all["POST /auth/register"]?.description.contains(call) == true)
    }

    @Test func `the example of a body is taken as it stands`() throws {
        let body = try #require(Operation.all["POST /auth/register"]?.body?.example)
        let answer = installation.post("/auth/register", String(decoding: body.utf8, as: UTF8.self))
        #expect(answer.status == 200)
        let login = try #require(Operation.all["POST /auth/login"]?.body?.example)
        #expect(installation.post("/auth/login", String(decoding: login.utf8, as: UTF8.self)).status == 200)
        for key in ["POST /account/token", "POST /app/organization"] {
            let body = try #require(Operation.all[key]?.body?.example)
            let path = String(key.dropFirst("POST ".count))
            let answer = installation.post(path, String(decoding: body.utf8, as: UTF8.self))
            #expect((200...201).contains(answer.status), "\(key): \(answer.body)")
        }
    }
}
