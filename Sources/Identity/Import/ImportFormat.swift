/// The systems whose exports are read as they come.
public enum ImportFormat: String, Sendable, CaseIterable {
    case htpasswd, django, wordpress, keycloak, auth0, firebase, devise, ldif

    /// The reader of its exports.
    public func source(_ options: ImportOptions) -> any ImportSource {
        switch self {
        case .htpasswd: Htpasswd(options: options)
        case .django: Django(options: options)
        case .wordpress: WordPress(options: options)
        case .keycloak: Keycloak(options: options)
        case .auth0: Auth0(options: options)
        case .firebase: Firebase(options: options)
        case .devise: Devise(options: options)
        case .ldif: LDIF(options: options)
        }
    }
}
