public import Cryptography
public import JSON

/// The reason why a ceremony is refused, for the log and the audit entry. A caller outside gets one answer for all but
/// `cryptography`, which is no fault of the answer.
public enum WebAuthnError: Error, Equatable {
    /// A text of the browser that is not JSON, or longer than `WebAuthn.maximumResponseLength`.
    case notJSON(JSONError?)
    /// A member of the browser's answer that is missing, of another type or form, or out of its bounds.
    case member(String)
    /// Client data that are not a JSON object.
    case clientData
    /// Client data of the other ceremony.
    case ceremony
    /// Another challenge than the one that was given out.
    case challenge
    /// A page of another origin; its text may have any length that client data have.
    case origin(String)
    /// A page in a frame of another origin.
    case crossOrigin
    /// A page below one of another origin.
    case topOrigin
    /// An attestation object that is not the CBOR that is accepted, or without one of its members.
    case attestationObject(CBORError?)
    /// Authenticator data of another length than their flags and lengths say.
    case authenticatorData
    /// Extensions that are not a map of CBOR.
    case extensions(CBORError?)
    /// A registration without a credential, or an assertion with one.
    case attestedCredential
    /// Authenticator data for another relying party.
    case relyingParty
    /// No user was present.
    case userNotPresent
    /// No user was verified, though the options asked for it.
    case userNotVerified
    /// A credential that is backed up and may not be.
    case backedUpNotEligible
    /// A credential's identifier that is empty, longer than 1,023 bytes, or not that of the answer.
    case credentialID
    /// A credential that the options exclude.
    case excludedCredential
    /// A credential that the options do not allow, or another than the stored one.
    case credentialNotAllowed
    /// An algorithm that was not offered, by its number in COSE.
    case algorithmNotOffered(Int)
    /// A public key that is not accepted.
    case publicKey(PublicKeyError)
    /// Bytes in place of a public key that are not the CBOR that is accepted.
    case publicKeyEncoding(CBORError)
    /// A statement of attestation that is not what its format has.
    case attestationStatement
    /// A signature that is not by the key.
    case signature
    /// The handle of another account, or none if the account is to be found by it.
    case userHandle
    /// A failure of OpenSSL.
    case cryptography(CryptographyError)
}

extension WebAuthnError {
    /// The cause as one word for an audit entry, in which no text of the caller stands.
    public var cause: String {
        switch self {
        case .notJSON, .member: "malformed"
        case .clientData: "client_data"
        case .ceremony: "ceremony"
        case .challenge: "challenge"
        case .origin: "origin"
        case .crossOrigin: "cross_origin"
        case .topOrigin: "top_origin"
        case .attestationObject: "attestation_object"
        case .authenticatorData, .extensions, .attestedCredential: "authenticator_data"
        case .relyingParty: "relying_party"
        case .userNotPresent: "user_not_present"
        case .userNotVerified: "user_not_verified"
        case .backedUpNotEligible: "backed_up_not_eligible"
        case .credentialID: "credential_id"
        case .excludedCredential: "excluded_credential"
        case .credentialNotAllowed: "credential_not_allowed"
        case .algorithmNotOffered: "algorithm_not_offered"
        case .publicKey(.cryptography), .cryptography: "cryptography"
        case .publicKey, .publicKeyEncoding: "public_key"
        case .attestationStatement: "attestation_statement"
        case .signature: "signature"
        case .userHandle: "user_handle"
        }
    }
}
