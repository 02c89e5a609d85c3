import Gateway
import HTTPTypes
import Identity

extension AuthAPI {
    /// `POST /auth/login`: exchanges email and password for a session.
    func login(_ exchange: Exchange) throws(EndpointError) -> Response {
        guard var form = exchange.form else { throw .problem(.notFound) }
        let email = form.string("email")
        let password = form.password("password")
        var faults = form.faults
        if email == nil { faults.noteMissing("email") }
        if password == nil { faults.noteMissing("password") }
        guard faults.isEmpty, let email, let password else { throw .problem(.invalidInput(faults)) }
        let origin = AuthenticationService.LoginOrigin(
            address: try clientAddress(of: exchange),
            userAgent: exchange.request.head.headerFields[.userAgent] ?? "")
        do throws(AuthenticationError) {
            let login = try service.login(email: email, password: password, from: origin)
            var response = Response(json: login.account.json)
            response.head.headerFields[.setCookie] = settings.cookie.setting(login.token.text)
            return response
        } catch {
            throw .operation(error)
        }
    }

    /// The address for which a request is made: the web server's peer, or what a program says that is trusted to act for
    /// others.
    private func clientAddress(of exchange: Exchange) throws(EndpointError) -> String {
        guard exchange.principal?.has(.clientAddress) == true,
            let address = exchange.request.head.headerFields[.clientAddress]
        else { return exchange.request.remoteAddress }
        guard IPAddress(address) != nil else { throw .problem(.invalidClientAddress) }
        return address
    }
}
