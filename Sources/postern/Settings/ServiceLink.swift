/// The environment variables that Kubernetes gives every container for each service in its namespace
/// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
///
/// Those of a service whose name begins with "postern" look like settings.
enum ServiceLink {
    /// Whether a variable is one of these, by its name and its value: `POSTERN_PORT=8443` is not.
    static func isOne(_ name: String, _ value: String) -> Bool {
        let host = (/POSTERN(_[A-Z0-9_]+)?_SERVICE_HOST/, /[0-9A-Fa-f.:]+/)
        let port = (/POSTERN(_[A-Z0-9_]+)?_SERVICE_PORT(_[A-Z0-9_]+)?/, /[0-9]{1,5}/)
        let url = (/POSTERN(_[A-Z0-9_]+)?_PORT(_[0-9]+_(TCP|UDP|SCTP))?/, /(tcp|udp|sctp):\/\/[0-9A-Fa-f.:\[\]]+/)
        let part = (
            /POSTERN(_[A-Z0-9_]+)?_PORT_[0-9]+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)/,
            /tcp|udp|sctp|[0-9A-Fa-f.:]+/
        )
        return name.wholeMatch(of: host.0) != nil && value.wholeMatch(of: host.1) != nil
            || name.wholeMatch(of: port.0) != nil && value.wholeMatch(of: port.1) != nil
            || name.wholeMatch(of: url.0) != nil && value.wholeMatch(of: url.1) != nil
            || name.wholeMatch(of: part.0) != nil && value.wholeMatch(of: part.1) != nil
    }
}
