import HTTP
import HTTPTypes
import Identity

/// A request on its way, with what was found out about it.
struct Exchange: Sendable {
    /// The request.
    let request: Request
    /// Its identifier.
    let id: String
    /// What its path has in place of the route's parameters, by name.
    var parameters: [String: String] = [:]
    /// What answers it; `nil` where that is no route, or not known yet.
    var endpoint: Endpoint?
    /// Who makes it, and from where.
    private(set) var caller: Caller

    init(request: Request, id: String, patience: AttemptPatience = .none) {
        self.request = request
        self.id = id
        caller = Caller(
            .anonymous, address: request.remoteAddress, userAgent: request.headerFields[.userAgent] ?? "",
            requestID: id, patience: patience)
    }

    /// Notes whose credential it is, before it is known whether that will do.
    mutating func identify(_ principal: Principal) {
        caller = caller.with(principal, address: request.remoteAddress, clientIsKnown: principal.isSession)
    }

    /// Notes whose credential was accepted, and with it the address for which the request is made: the web server's peer,
    /// or what a program says that is trusted to act for others. The peer of any other program is itself.
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

    /// Whose credential was accepted.
    ///
    /// - Throws: the problem, where the route is open.
    func principal() throws(Problem) -> Principal {
        guard let principal = caller.principal else { throw .noCredential }
        return principal
    }

    /// The value of a parameter of the path.
    ///
    /// - Throws: `Problem.notFound` where the text is not such a value: there is nothing at such a path.
    subscript<Value>(parameter: PathParameter<Value>) -> Value {
        get throws(Problem) {
            guard let text = parameters[parameter.name], let value = parameter.read(text) else { throw .notFound }
            return value
        }
    }

    /// The parameters of the query.
    func query() throws(Problem) -> Fields {
        do throws(URLEncodedError) {
            return try Fields(query: request.query)
        } catch {
            throw Problem(error)
        }
    }

    /// The part of a list that is wanted, where the query can ask for nothing else.
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
