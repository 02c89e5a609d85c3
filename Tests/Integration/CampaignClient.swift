import Foundation

/// A client that changes things again and again until nobody answers.
struct CampaignClient: Sendable {
    /// The work that it repeats.
    enum Work: CaseIterable {
        case registrations
        case passwordChanges
        case logins
        case tokens
    }

    struct PasswordChange: Sendable {
        let email: String
        let old: String
        let new: String
        /// A session that the change ends.
        let otherSession: String
    }

    /// The requests, each with its answer if there was one. A request without an answer was done or not, and never
    /// half.
    struct Outcome: Sendable {
        enum Event: Sendable {
            case registered(email: String)
            case changedPassword(PasswordChange)
            case madeToken(String)
            case revokedToken(String)
            case loggedIn(session: String)
            case loggedOut(session: String)
        }

        let event: Event
        let isAcknowledged: Bool
    }

    /// The accounts that change their password, and those that log in and out.
    static let people = ["changer@example.test", "visitor@example.test"]

    let send: Sender
    let round: Int
    let work: Work
    /// The passwords of people who have changed them.
    let passwords: [String: String]

    /// - Parameter onSuccess: called when all it does was acknowledged once.
    func run(onSuccess: () -> Void) throws -> [Outcome] {
        var outcomes: [Outcome] = []
        var password = passwords[Self.people[0]] ?? Deployment.password
        var session: String?
        for number in 0... {
            let done =
                switch work {
                case .registrations: try register("r\(round)-\(number)@example.test")
                case .passwordChanges:
                    try changePassword(&password, &session, to: "password number \(number) of round \(round)")
                case .logins: try logInAndOut(staysLoggedIn: !number.isMultiple(of: 2))
                case .tokens: try makeToken(revokes: number % 3 < 2)
                }
            outcomes += done
            if done.isEmpty || done.contains(where: { !$0.isAcknowledged }) { break }
            if number == 0 { onSuccess() }
        }
        return outcomes
    }

    private func register(_ email: String) throws -> [Outcome] {
        let answer = try answer("POST", "/auth/register", Deployment.registration(email))
        return [Outcome(event: .registered(email: email), isAcknowledged: answer != nil)]
    }

    private func changePassword(
        _ password: inout String, _ session: inout String?, to new: String
    ) throws -> [Outcome] {
        session = try session ?? logIn(Self.people[0], password)
        guard let own = session, let other = try logIn(Self.people[0], password) else { return [] }
        let change = PasswordChange(email: Self.people[0], old: password, new: new, otherSession: other)
        let body = #"{"current_password": "\#(password)", "new_password": "\#(new)"}"#
        let answer = try answer("PUT", "/account/me", body, bearer: own)
        if answer != nil { password = new }
        return [Outcome(event: .changedPassword(change), isAcknowledged: answer != nil)]
    }

    private func logInAndOut(staysLoggedIn: Bool) throws -> [Outcome] {
        guard let session = try logIn(Self.people[1], Deployment.password) else { return [] }
        let loggedIn = Outcome(event: .loggedIn(session: session), isAcknowledged: true)
        if staysLoggedIn { return [loggedIn] }
        let answer = try answer("POST", "/auth/logout", "", bearer: session)
        return [loggedIn, Outcome(event: .loggedOut(session: session), isAcknowledged: answer != nil)]
    }

    private func makeToken(revokes: Bool) throws -> [Outcome] {
        let made = try answer("POST", "/account/token", #"{"name": "campaign", "scopes": ["login"]}"#)
        guard let token = made?.object["token"] as? String, let hash = made?.object["hashed_token"] as? String else {
            return []
        }
        let outcome = Outcome(event: .madeToken(token), isAcknowledged: true)
        guard revokes else { return [outcome] }
        let revoked = try answer("DELETE", "/account/token/\(hash)", "")
        return [outcome, Outcome(event: .revokedToken(token), isAcknowledged: revoked != nil)]
    }

    private func logIn(_ email: String, _ password: String) throws -> String? {
        let answer = try answer("POST", "/auth/login", Deployment.registration(email, password: password))
        let cookie = answer?.values("set-cookie").first?.prefix { $0 != ";" }
        return cookie?.split(separator: "=", maxSplits: 1).last.map { String($0) }
    }

    /// - Returns: `nil` if nobody answered.
    /// - Throws: if the answer was no success.
    private func answer(
        _ method: String, _ path: String, _ body: String, bearer: String? = nil
    ) throws -> Answer? {
        let answer = try send(method, path, body, bearer: bearer)
        guard ![200, 201].contains(answer.status) else { return answer }
        guard answer.status == 0 else {
            throw Deployment.Failure(what: "\(method) \(path): \(answer.status) \(answer.body)")
        }
        return nil
    }
}
