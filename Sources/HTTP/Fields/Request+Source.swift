public import HTTPTypes

extension Request {
    /// The origin of a request, as the browser tells it.
    public enum Source: Sendable, Equatable {
        /// A page of this origin.
        case ownOrigin
        /// A page of another origin.
        case otherOrigin
        /// No browser has told.
        case unknown
    }

    /// The origin of the request by `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454). The browser writes both,
    /// and a page can't change them. If both are there, they must agree.
    ///
    /// A page that keeps its address from others (`Referrer-Policy: no-referrer`) sends the origin `null`, as a page
    /// without an origin does, whose `Sec-Fetch-Site` never is `same-origin`.
    public var source: Source {
        let site = headerFields[.secFetchSite]
        if let site, site != "same-origin", site != "none" { return .otherOrigin }
        guard let origin = headerFields[.origin] else { return site == nil ? .unknown : .ownOrigin }
        if origin == "null" { return site == "same-origin" ? .ownOrigin : .otherOrigin }
        return isOwn(origin) ? .ownOrigin : .otherOrigin
    }

    /// Returns whether an origin is that of the request's own host. If the web server speaks TLS, the origin must, too.
    private func isOwn(_ origin: String) -> Bool {
        guard let origin = WebOrigin(origin), let own = authority.flatMap(HostAndPort.init) else { return false }
        // If it speaks plain HTTP, something before it may speak TLS.
        guard origin.scheme == .https || scheme != "https" else { return false }
        return origin == WebOrigin(origin.scheme, own)
    }
}

extension HTTPField.Name {
    fileprivate static let secFetchSite = HTTPField.Name(known: "Sec-Fetch-Site")

    /// Makes a name that is known to be a token.
    public init(known name: StaticString) {
        guard let parsed = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is a token") }
        self = parsed
    }
}
