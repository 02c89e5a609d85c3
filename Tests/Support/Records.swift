/// The records of FastCGI 1.0, as a web server writes them.
public enum Records {
    public enum Kind {
        public static let begin: UInt8 = 1
        public static let abort: UInt8 = 2
        public static let end: UInt8 = 3
        public static let parameters: UInt8 = 4
        public static let input: UInt8 = 5
        public static let output: UInt8 = 6
        public static let error: UInt8 = 7
        public static let getValues: UInt8 = 9
        public static let getValuesResult: UInt8 = 10
        public static let unknownType: UInt8 = 11
    }

    public static func record(_ kind: UInt8, _ content: some Collection<UInt8> = [UInt8](), request: UInt16 = 1)
        -> [UInt8]
    {
        let length = UInt16(content.count)
        let padding = UInt8((8 - content.count % 8) % 8)
        let head: [UInt8] = [
            1, kind, UInt8(request >> 8), UInt8(request & 255), UInt8(length >> 8), UInt8(length & 255), padding, 0,
        ]
        return head + content + [UInt8](repeating: 0, count: Int(padding))
    }

    public static func begin(role: UInt8 = 1, keep: Bool = true, request: UInt16 = 1) -> [UInt8] {
        record(Kind.begin, [0, role, keep ? 1 : 0, 0, 0, 0, 0, 0], request: request)
    }

    public static func pairs(_ variables: [(String, String)]) -> [UInt8] {
        variables.flatMap { name, value in
            length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
        }
    }

    public static func length(_ count: Int) -> [UInt8] {
        if count < 128 { return [UInt8(count)] }
        return [UInt8(count >> 24 | 128), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }

    /// A stream in records of at most `size` bytes, with its end.
    public static func stream(_ kind: UInt8, _ content: [UInt8], size: Int = 65_528, request: UInt16 = 1) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = content[...]
        while !rest.isEmpty {
            bytes += record(kind, rest.prefix(size), request: request)
            rest = rest.dropFirst(size)
        }
        return bytes + record(kind, request: request)
    }

    public static func variables(
        method: String = "GET", path: String = "/", length: Int? = nil, more: [(String, String)] = []
    ) -> [(String, String)] {
        [("REQUEST_METHOD", method), ("REQUEST_URI", path), ("CONTENT_LENGTH", length.map { String($0) } ?? "")] + more
    }

    /// A whole request.
    public static func request(
        path: String = "/", body: [UInt8]? = nil, length: Int? = nil, keep: Bool = true, role: UInt8 = 1,
        more: [(String, String)] = [], recordSize: Int = 65_528, id: UInt16 = 1
    ) -> [UInt8] {
        let variables = variables(
            method: body == nil ? "GET" : "POST", path: path, length: length ?? body?.count, more: more)
        return begin(role: role, keep: keep, request: id)
            + stream(Kind.parameters, pairs(variables), size: recordSize, request: id)
            + stream(Kind.input, body ?? [], size: recordSize, request: id)
    }
}
