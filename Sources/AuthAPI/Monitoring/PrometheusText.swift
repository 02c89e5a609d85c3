/// Writes Prometheus' text format, version 0.0.4.
struct PrometheusText {
    /// Its media type.
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// The kinds of figures.
    enum Kind: String {
        case counter
        case gauge
        case histogram
        case summary
    }

    private(set) var text = ""

    /// Begins a family.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Writes a figure. The values of labels are the program's own words, which need no escaping.
    mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String>, _ value: String) {
        text += name
        if !labels.isEmpty { text += "{" + labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",") + "}" }
        text += " \(value)\n"
    }

    /// A family of one figure.
    mutating func figure(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        family(name, kind, help)
        sample(name, [:], "\(value)")
    }

    /// Nanoseconds as seconds.
    static func seconds(nanoseconds: Int) -> String {
        let digits = String(nanoseconds % 1_000_000_000)
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - digits.count) + digits
    }
}
