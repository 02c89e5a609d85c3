import Gateway
import Identity

/// The members of a JSON object that a client sent. What has another type than asked for is noted, and reading goes on,
/// so that every fault can be told at once.
struct Form: Sendable {
    /// What was found wrong so far.
    private(set) var faults: [InputFault] = []

    private let body: RequestBody
    private let members: [[UInt8]: JSONParser.Node]

    /// Reads a body.
    ///
    /// - Throws: the problem, where it is malformed or no object.
    init(_ body: RequestBody) throws(Problem) {
        let node: JSONParser.Node
        do throws(JSONParser.Fault) {
            node = try body.withSpan { text throws(JSONParser.Fault) in try JSONParser.parse(text) }
        } catch {
            throw Problem.malformedJSON(error)
        }
        guard case .object(let members) = node else {
            throw Problem.invalidInput([InputFault("", .wrongType, "The body must be a JSON object.")])
        }
        self.body = body
        self.members = members
    }

    /// A string; `nil` where it is missing, null or of another type.
    mutating func string(_ name: String) -> String? {
        utf8(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A password, of which no copy stays behind; `nil` where it is missing, null or of another type.
    mutating func password(_ name: String) -> Password? {
        utf8(name).map { Password(utf8: $0) }
    }

    /// The most items that an array may have.
    private static let maximumItems = 32

    /// An array of strings, `nil` for an item of another type; `nil` where it is missing, null or of another type.
    mutating func strings(_ name: String) -> [String?]? {
        switch members[Array(name.utf8)] {
        case .array(let nodes) where nodes.count > Self.maximumItems:
            faults.append(InputFault(name, .tooLong, "This has at most \(Self.maximumItems) items."))
            return nil
        case nil, .null: return nil
        case .array(let nodes):
            var texts: [String?] = []
            for (index, node) in nodes.enumerated() {
                if case .string(let range) = node {
                    texts.append(String(decoding: decode(range), as: UTF8.self))
                } else {
                    texts.append(nil)
                    faults.append(InputFault("\(name)/\(index)", .wrongType, "This must be a string."))
                }
            }
            return texts
        default:
            faults.append(InputFault(name, .wrongType, "This must be an array of strings."))
            return nil
        }
    }

    private mutating func utf8(_ name: String) -> [UInt8]? {
        switch members[Array(name.utf8)] {
        case nil, .null: return nil
        case .string(let range): return decode(range)
        default:
            faults.append(InputFault(name, .wrongType, "This must be a string."))
            return nil
        }
    }

    private func decode(_ range: Range<Int>) -> [UInt8] {
        body.withSpan { JSONString.decode($0, range) }
    }
}
