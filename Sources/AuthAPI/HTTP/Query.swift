import Identity

/// The parameters of a request's query: `name=value`, percent-encoded (RFC 3986, section 2.1), with `&` between them.
///
/// A plus sign is a plus sign, as it is in many an email address. What is wrong with a parameter that is asked for is
/// noted, and reading goes on, so that every fault can be told at once; parameters that nobody asks for are ignored, unless
/// `refuseAll` is called.
struct Query: Sendable {
    /// The most bytes that a query may have.
    static let maximumLength = 4096

    /// What was found wrong so far.
    private(set) var faults: [InputFault] = []
    private let parameters: [(name: String, value: String)]

    /// Reads a query.
    ///
    /// - Throws: the problem, where it is too long or not percent-encoded UTF-8.
    init(_ text: String) throws(Problem) {
        guard text.utf8.count <= Self.maximumLength else { throw .longQuery(limit: Self.maximumLength) }
        var parameters: [(name: String, value: String)] = []
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let end = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = Self.decode(part[..<end]), let value = Self.decode(part[end...].dropFirst()) else {
                throw .malformedQuery
            }
            parameters.append((name, value))
        }
        self.parameters = parameters
    }

    /// The value of a parameter; `nil` where it is missing or wrong.
    subscript<Value>(parameter: QueryParameter<Value>) -> Value? {
        mutating get {
            let name = parameter.name
            // By bytes: `==` normalizes, for which a name of many combining marks takes quadratic time.
            let values = parameters.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
            guard values.count <= 1 else {
                note(InputFault(name, .repeated, "This may stand only once."))
                return nil
            }
            guard let text = values.first else { return nil }
            let value = parameter.read(text)
            if value == nil { note(InputFault(name, parameter.fault.code, parameter.fault.detail)) }
            return value
        }
    }

    mutating func note(_ fault: InputFault) { faults.append(fault) }

    /// Notes a parameter of another name than these, where what is not understood must not count for nothing.
    mutating func refuseAll(but known: [String]) {
        // The first of them will do: a query has room for more than a thousand.
        let unknown = parameters.first { name, _ in !known.contains { $0.utf8.elementsEqual(name.utf8) } }
        if let unknown { faults.append(InputFault(unknown.name, .unknownParameter, "There is no such parameter.")) }
    }

    /// Makes sure that nothing was wrong with what was asked for.
    func check() throws(Problem) {
        guard faults.isEmpty else { throw .invalidQuery(faults) }
    }

    /// Decodes percent-encoded UTF-8; `nil` where it is none.
    private static func decode(_ text: Substring.UTF8View) -> String? {
        let input = Array(text)
        var output: [UInt8] = []
        var index = 0
        while index < input.count {
            if input[index] == UInt8(ascii: "%") {
                guard let byte = PercentEncoding.byte(input, at: index) else { return nil }
                output.append(byte)
                index += 3
            } else {
                output.append(input[index])
                index += 1
            }
        }
        return String(validating: output, as: UTF8.self)
    }
}

extension Identifier {
    /// What is wrong with a text that is no identifier.
    static var formDetail: String { "This is no identifier such as \(Entity.identifierPrefix)6c8a1f3b2d4e5f7a." }
}

/// The triplets of percent-encoding (RFC 3986, section 2.1).
enum PercentEncoding {
    /// The byte that the triplet at `index` stands for; `nil` where there is none.
    static func byte(_ text: [UInt8], at index: Int) -> UInt8? {
        guard index + 2 < text.count, text[index] == UInt8(ascii: "%"),
            let high = Character(Unicode.Scalar(text[index + 1])).hexDigitValue,
            let low = Character(Unicode.Scalar(text[index + 2])).hexDigitValue
        else { return nil }
        return UInt8(high << 4 | low)
    }
}
