import HTTP
import Identity
import Logging

extension AuthAPI {
    /// The problem that an error becomes. Causes that the caller is not told go into the log.
    func problem(_ error: any Error, requestID: String) -> Problem {
        if let problem = error as? Problem { return problem }
        guard let error = error as? AuthenticationError else {
            logger.error("unexpected: \(error)", metadata: ["id": "\(requestID)"])
            return .internalError
        }
        switch error {
        case .store(let cause):
            metrics?.count(cause)
            logger.error("store: \(cause)", metadata: ["id": "\(requestID)"])
        case .breachedPasswords(let fault):
            logger.error("the list of breached passwords: \(fault)", metadata: ["id": "\(requestID)"])
        case .keys(let reason): logger.error("keys: \(reason)", metadata: ["id": "\(requestID)"])
        case .cryptography(let reason): logger.error("cryptography: \(reason)", metadata: ["id": "\(requestID)"])
        case .invalidCredentials(_, let account?, _), .wrongPresentPassword(_, let account?):
            logger.error(
                "a password hash cannot be checked: run postern check, or reset the password",
                metadata: ["id": "\(requestID)", "account": "\(account)"])
        case .overloaded: logger.warning("the hash queue is full", metadata: ["id": "\(requestID)"])
        case .tooManyLists: logger.warning("the list queue is full", metadata: ["id": "\(requestID)"])
        default: break
        }
        return Problem(error)
    }
}
