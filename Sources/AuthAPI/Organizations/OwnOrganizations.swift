import HTTP
import Identity

extension AuthAPI {
    /// `GET /account/organization`: the organizations to which the caller's own account belongs.
    func ownOrganizations(_ exchange: Exchange) throws -> Response {
        Response(page: try service.ownOrganizations(try exchange.page(), by: exchange.caller), \.json)
    }

    /// `POST /account/organization/{id}/join`: makes it a member of another one.
    func joinOrganization(_ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: Organization.self)
        return Response(json: try service.join(id, by: exchange.caller).json)
    }

    /// `DELETE /account/organization/{id}`: takes it out of one.
    func leaveOrganization(_ exchange: Exchange) throws -> Response {
        try service.leave(try exchange.identifier(of: Organization.self), by: exchange.caller)
        return .done
    }
}
