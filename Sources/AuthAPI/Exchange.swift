import HTTP
import HTTPTypes
import Identity

/// A request on its way, with its route and its caller as far as they are known.
struct Exchange: Sendable {
    /// The request.
    let request: Request
    /// Its identifier.
    let id: String
    /// The values of the route's parameters in its path.
    var parameters = PathParameters.none
    /// The route of its path; `nil` if there is none, or it is not known yet.
    var route: Route?
    /// The caller, with the client's address.
    private(set) var caller: Caller
    /// The organization that the request names if its endpoint lets it, as the caller stands to it.
    private(set) var organization: NamedOrganization?
    /// The parameters of the query, once they were read.
    private var readQuery: Fields?

    init(request: Request, id: String, patience: AttemptPatience = .none) {
        self.request = request
        self.id = id
        caller = Caller(
            .anonymous, address: request.remoteAddress, userAgent: request.headerFields[.userAgent] ?? "",
            requestID: id, patience: patience)
    }

    /// Notes the owner of the credential, before it is known whether the credential will do, and the organization that
    /// was found along with it.
    mutating func identify(_ carrier: Carrier) {
        let principal = carrier.principal
        caller = caller.with(principal, address: request.remoteAddress, clientIsKnown: principal.isSession)
        organization = carrier.named
    }

    /// Notes the owner of a credential that was accepted, and the address for which the request is made: the web
    /// server's peer, or the address named by a program that is trusted to act for others. The peer of any other
    /// program is itself.
    mutating func accept(_ principal: Principal) throws(Problem) {
        var address = request.remoteAddress
        var isKnown = principal.isSession
        if !principal.isSession, principal.has(.clientAddress), let given = request.headerFields[.clientAddress] {
            guard let client = IPAddress(endpoint: given) else { throw .invalidClientAddress }
            address = client.description
            isKnown = true
        }
        caller = caller.with(principal, address: address, clientIsKnown: isKnown)
    }

    /// The owner of the credential that was accepted.
    ///
    /// - Throws: `Problem.noCredential` on an open route.
    func principal() throws(Problem) -> Principal {
        guard let principal = caller.principal else { throw .noCredential }
        return principal
    }

    /// The value of a parameter of the path.
    ///
    /// - Throws: `Problem.notFound` if the text is not such a value: there is nothing at such a path.
    subscript<Value>(parameter: PathParameter<Value>) -> Value {
        get throws(Problem) {
            guard let text = parameters[parameter.name], let value = parameter.read(text) else { throw .notFound }
            return value
        }
    }

    /// A parameter of the query before the query is checked: `nil` also if it is wrong, or the query is, which the
    /// endpoint refuses then.
    mutating func unchecked(_ parameter: QueryParameter<String>) -> String? {
        guard !request.query.isEmpty, var fields = try? query() else { return nil }
        readQuery = fields
        return fields[parameter]
    }

    /// The parameters of the query.
    func query() throws(Problem) -> Fields {
        if let readQuery { return readQuery }
        do throws(URLEncodedError) {
            return try Fields(query: request.query)
        } catch {
            throw Problem(error)
        }
    }

    /// The requested part of a list whose query has no other parameters.
    func page() throws(Problem) -> PageRequest {
        var query = try query()
        return try query.checkedPage()
    }

    /// The members of the JSON object that is the body.
    func form(_ body: Body) throws(Problem) -> Fields {
        guard request.mediaType == "application/json" else { throw .mediaType }
        do throws(JSONBodyError) {
            return try Fields(json: request.body, unchangeable: body.unchangeable)
        } catch {
            throw Problem(error)
        }
    }
}
