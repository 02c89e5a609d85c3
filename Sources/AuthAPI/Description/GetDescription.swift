import HTTP
import HTTPTypes
import Identity

extension Endpoint {
    static let openAPIDocument = Endpoint(
        .get, "/openapi.json", .open, id: "getDescription", in: .operation, "Read the OpenAPI description",
        response: DescribedAnswer("OpenAPI 3.1.", .object(required: ["openapi", "paths"]))
    ) { api, _ in
        let document = OpenAPIDocument(settings: api.settings, passwordPolicy: api.service.passwordPolicy)
        return Response(
            status: .ok, headerFields: [.contentType: "application/json"], body: api.description.utf8(of: document))
    }
}
