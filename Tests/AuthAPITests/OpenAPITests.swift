import Foundation
import HTTP
import HTTPTypes
import Identity
import JSON
import TestSupport
import Testing

@testable import AuthAPI

/// The description of the API says the same as its code. Every test that makes a call holds the answer against it: see
/// `DescribedAnswers`.
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

    @Test(arguments: [
        ("https://auth.example.org", "/api/v1", "https://auth.example.org/api/v1"),
        ("https://auth.example.org:8443", "", "https://auth.example.org:8443"), (nil, "", "/"),
    ])
    func `its server is the public address and the base path`(address: String?, basePath: String, server: String) throws
    {
        let settings = AuthAPI.Settings(
            basePath: basePath, publicURL: address.flatMap { PublicURL($0) }, cookie: .session(maxAge: 3600))
        let document = OpenAPIDocument(settings: settings, passwordPolicy: PasswordPolicy())
        let object = try JSONSerialization.jsonObject(with: Data(document.json.utf8)) as? [String: Any]
        #expect(object?["servers"] as? [[String: String]] == [["url": server]])
    }

    @Test func `it has every route and no other`() {
        #expect(operations.map(\.key).sorted() == Endpoint.all.map(\.key).sorted())
    }

    @Test(arguments: Endpoint.all.map(\.key))
    func `a route needs the credential and the scope that it has in the description`(_ key: String) throws {
        let endpoint = try #require(Endpoint.all.first { $0.key == key })
        let operation = try #require(operations.first { $0.key == key }?.operation)
        let ways = try #require(operation["security"] as? [[String: [String]]])
        let schemes = Set(ways.flatMap(\.keys))
        let scopes = ways.compactMap { $0["apiToken"] }.flatMap(\.self)
        let session: Set = ["sessionToken", "sessionCookie"]
        switch endpoint.access {
        case .open: #expect(ways.isEmpty)
        case .any, .verification: #expect(schemes == session.union(["apiToken"]) && scopes == [])
        case .scope(let scope): #expect(schemes == session.union(["apiToken"]) && scopes == [scope.rawValue])
        case .session: #expect(schemes == session)
        case .login: #expect(schemes == ["apiToken"] && scopes == ["login"])
        case .logout: #expect(schemes == session.union(["apiToken"]) && scopes == ["login"])
        }
        // And so it is: a token that has every other scope is refused, for want of just that one.
        if case .scope(let scope) = endpoint.access {
            let token = try installation.token(scopes: Scope.allCases.filter { $0 != scope && $0 != .admin })
            let path = endpoint.path.text.replacing("{id}", with: "acct_0000000000000000")
                .replacing("{hash}", with: String(repeating: "0", count: 64))
            let answer = installation.call(endpoint.method.rawValue, path, "{}", token: token)
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

    @Test func `each code has a cause and a remedy of its own, which name operations that exist`() throws {
        let components = try #require(document["components"] as? [String: Any])
        let examples = try #require(components["examples"] as? [String: [String: Any]])
        #expect(Set(examples.keys) == Set(Problem.Code.allCases.map(\.rawValue)))
        let operations = Set(Endpoint.all.map(\.key))
        for part in ["summary", "description"] {
            let texts = examples.compactMapValues { $0[part] as? String }
            #expect(Set(texts.values).count == examples.count, "two codes have the same \(part)")
            for (code, text) in texts {
                #expect(text.hasSuffix("."), "\(code)")
                for call in text.matches(of: /`((?:GET|POST|PUT|DELETE) [^`]+)`/) {
                    #expect(operations.contains(String(call.1)), "\(code): \(call.1)")
                }
            }
        }
        for (code, example) in examples {
            #expect((example["value"] as? [String: Any])?["code"] as? String == code)
        }
    }

    @Test func `every code of a fault in the input has a meaning of its own`() throws {
        let meanings = Set(InputFault.Code.allCases.map(\.meaning))
        #expect(meanings.count == InputFault.Code.allCases.count)
        let schema = Problem.Shown.components.map { String(decoding: $0.1.json.utf8, as: UTF8.self) }.joined()
        for code in InputFault.Code.allCases { #expect(schema.contains("`\(code.rawValue)`: ")) }
    }

    @Test func `no object in it has a name twice, for which openapi-generator refuses it`() throws {
        let text = Array(installation.call("GET", "/openapi.json").body.utf8)
        #expect(throws: Never.self) { try JSONParser.parse(text.span) }
    }

    /// openapi-python-client drops an operation with a parameter of several forms, and generated clients that check
    /// answers would refuse every member to come.
    @Test func `it asks no more of generators of clients than they can do`() throws {
        var problems: [String] = []
        var momentCount = 0
        func visit(_ value: Any, _ path: String) {
            if let object = value as? [String: Any] {
                if object["additionalProperties"] as? Bool == false { problems.append("\(path): closed") }
                if let forms = object["anyOf"] as? [[String: Any]] {
                    let isReferenceOrNull = forms.count == 2 && forms[0]["$ref"] != nil && forms[1].count == 1
                    if !isReferenceOrNull { problems.append("\(path): anyOf") }
                }
                if object["allOf"] != nil { problems.append("\(path): allOf") }
                if object["format"] as? String == "date-time" { momentCount += 1 }
                for (name, value) in object { visit(value, "\(path)/\(name)") }
            } else if let array = value as? [Any] {
                for (index, value) in array.enumerated() { visit(value, "\(path)/\(index)") }
            }
        }
        visit(document, "")
        #expect(problems.isEmpty)
        #expect(momentCount > 10)
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
        #expect(Set(Endpoint.all.map(\.id)).count == Endpoint.all.count)
        for link in Endpoint.all.flatMap({ $0.answer().links }) {
            let target = Endpoint.all.first { $0.id == link.operation }
            #expect(target != nil, "\(link.operation)")
            #expect(target?.path.parameters.map(\.name) == link.parameter.map { [$0.name] } ?? [])
            #expect(!link.resendsBody || target?.body() != nil)
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
        for endpoint in [Endpoint.register, .logIn] {
            let example = try #require(endpoint.answer().example)
            #expect(String(decoding: example.utf8, as: UTF8.self) == account)
        }
        #expect(Endpoint.logOut.answer().example == "ok")
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
        #expect(Endpoint.register.description.contains(call))
    }

    @Test func `the example of a body is taken as it stands`() throws {
        for endpoint in [Endpoint.register, .logIn, .createAPIToken, .updateOrganization] {
            let body = try #require(endpoint.body()).example
            let answer = installation.post(endpoint.path.text, String(decoding: body.utf8, as: UTF8.self))
            #expect(answer.status == endpoint.status.code, "\(endpoint.key): \(answer.body)")
        }
    }
}
