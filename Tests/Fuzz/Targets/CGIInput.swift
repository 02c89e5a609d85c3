import HTTP

/// An input that is read as a CGI request: lines `NAME=VALUE` up to an empty one, and then the body.
struct CGIInput {
    var variables = MetaVariables()
    let body: ArraySlice<UInt8>

    init(_ input: [UInt8], _ change: (String) -> String = { $0 }) {
        var rest = input[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            guard !line.isEmpty else { break }
            let name = line.prefix { $0 != UInt8(ascii: "=") }
            variables.append(
                name: String(decoding: name, as: UTF8.self),
                value: change(String(decoding: line.dropFirst(name.count + 1), as: UTF8.self)))
        }
        body = rest
    }
}
