import Gateway
import Identity

extension AuthAPI {
    /// `GET /app/organization`: the organization in which the caller acts.
    func organization(_ exchange: Exchange) throws -> Response {
        Response(json: try service.organization(of: exchange.caller).json)
    }

    /// `POST /app/organization`: changes it.
    func updateOrganization(_ exchange: Exchange) throws -> Response {
        var form = try exchange.form()
        let name = form.string("name")
        let displayName = form.nullableString("display_name")
        let autoJoin = form.bool("auto_join_enabled")
        let defaultRole = form.value("default_role", Role.init(inOrganization:))
        let emailPattern = form.nullableValue("email_regex", EmailPattern.init(input:))
        form.refuseOthers(of: .organization)
        let update = try OrganizationForm(
            name: name, displayName: displayName, autoJoin: autoJoin, defaultRole: defaultRole,
            emailPattern: emailPattern, faults: form.faults)
        return Response(json: try service.updateOrganization(update, by: exchange.caller).json)
    }
}
