import HTTP
import HTTPTypes
import Identity

extension AuthAPI {
    /// `GET /openapi.json`: the description of the API.
    func openAPIDocument(_: Exchange) -> Response {
        let document = OpenAPIDocument(
            settings: settings, minimumPasswordLength: service.passwordPolicy.minimumLength)
        return Response(
            status: .ok, headerFields: [.contentType: "application/json"], body: description.utf8(of: document))
    }
}
