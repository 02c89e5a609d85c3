import Cryptography
import JSON

extension WebAuthn {
    /// The ceremony that client data are for, by its name there.
    enum Ceremony: String {
        case registration = "webauthn.create"
        case authentication = "webauthn.get"
    }

    /// Client data (WebAuthn, section 5.8.1): the browser's word for the page that asked.
    struct ClientData {
        /// Their SHA-256, which the authenticator signed.
        let hash: [UInt8]

        /// Checks client data.
        ///
        /// - Throws: `.clientData`, `.ceremony`, `.challenge`, `.origin`, `.crossOrigin` or `.topOrigin`.
        init(
            _ text: [UInt8], for ceremony: Ceremony, challenge: [UInt8], from origin: String
        ) throws(WebAuthnError) {
            guard let members = Self.members(of: text) else { throw .clientData }
            func string(_ name: String) throws(WebAuthnError) -> [UInt8] {
                guard case .string(let range) = members[Array(name.utf8)] else { throw .clientData }
                return JSONString.decode(text.span, range)
            }
            guard try string("type") == Array(ceremony.rawValue.utf8) else { throw .ceremony }
            guard try string("challenge") == Array(Base64.url(challenge).utf8) else { throw .challenge }
            let found = try string("origin")
            guard found == Array(origin.utf8) else { throw .origin(String(decoding: found, as: UTF8.self)) }
            switch members[Array("crossOrigin".utf8)] {
            case nil, .bool(false): break
            case .bool(true): throw .crossOrigin
            default: throw .clientData
            }
            // Its presence tells of a frame, whatever its value.
            if members[Array("topOrigin".utf8)] != nil { throw .topOrigin }
            hash = SHA256.digest(of: text)
        }

        /// The challenge in client data, before anything is checked.
        static func challenge(in text: [UInt8]) -> [UInt8]? {
            guard case .string(let range) = members(of: text)?[Array("challenge".utf8)] else { return nil }
            return Base64.decode(JSONString.decode(text.span, range)[...], .url)
        }

        private static func members(of text: [UInt8]) -> [[UInt8]: JSONParser.Node]? {
            guard case .object(let members) = try? JSONParser.parse(text.span) else { return nil }
            return members
        }
    }
}
