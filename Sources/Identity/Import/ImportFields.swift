import JSON

/// The fields of a record: the members of a JSON object, or the values of a row or an entry. Faults are collected, so
/// that all are reported together.
///
///     var fields = try ImportFields(record)
///     let email = fields.text("email")
///     let isActive = fields.flag("is_active")
struct ImportFields {
    private enum Source {
        case object([[UInt8]: JSONParser.Node], text: [UInt8])
        case values([[UInt8]: [String]])
    }

    private let source: Source
    /// The names of the members in which this object stands, with a slash behind each.
    private let path: String
    /// The faults of the fields that were read.
    private(set) var faults: [InputFault] = []

    /// Reads a record.
    ///
    /// - Throws: `AuthenticationError.invalidInput` for a text that is not a JSON object.
    init(_ record: ImportRecord) throws(AuthenticationError) {
        path = ""
        switch record.content {
        case .fields(let values): source = .values(values)
        case .text(let text):
            do throws(ValueFault) {
                source = .object(try Self.members(text, named: "record"), text: text)
            } catch {
                throw .invalidInput([InputFault("", error.code, error.detail)])
            }
        }
    }

    private init(_ source: Source, path: String) {
        self.source = source
        self.path = path
    }

    private static func members(_ text: [UInt8], named name: String) throws(ValueFault) -> [[UInt8]: JSONParser.Node] {
        let node: JSONParser.Node
        do throws(JSONError) {
            node = try JSONParser.parse(text.span)
        } catch {
            throw ValueFault(.malformedJSON, error.detail(of: name))
        }
        guard case .object(let members) = node else {
            throw ValueFault(.wrongType, "The \(name) must be a JSON object.")
        }
        return members
    }

    /// Adds faults that were found elsewhere.
    mutating func note(_ faults: [InputFault]) { self.faults += faults }

    /// Notes a fault of a field.
    mutating func note(_ name: String, _ code: InputFault.Code, _ detail: String) {
        faults.append(InputFault(path + name, code, detail))
    }

    /// Tells whether there is a field of this name, whatever its value.
    func has(_ name: String) -> Bool {
        switch source {
        case .object(let members, _): members[Array(name.utf8)] != nil
        case .values(let values): values[Array(name.utf8)] != nil
        }
    }

    /// The first value as text, of a number or a Boolean its JSON; `nil` if it is missing, null or of another type.
    mutating func text(_ name: String) -> String? {
        switch source {
        case .values(let values): return values[Array(name.utf8)]?.first
        case .object(let members, let text):
            switch members[Array(name.utf8)] {
            case .string(let range): return String(decoding: JSONString.decode(text.span, range), as: UTF8.self)
            case .number(let range): return String(decoding: text[range], as: UTF8.self)
            case .bool(let value): return value ? "true" : "false"
            case nil, .null: return nil
            case .array, .object:
                note(name, .wrongType, "This must be a string.")
                return nil
            }
        }
    }

    /// All values of an attribute; of anything else the one.
    mutating func texts(_ name: String) -> [String] {
        if case .values(let values) = source { return values[Array(name.utf8)] ?? [] }
        return text(name).map { [$0] } ?? []
    }

    /// A Boolean, as JSON or as a database writes it; `nil` if it is missing, null or something else.
    mutating func flag(_ name: String) -> Bool? {
        guard let text = text(name) else { return nil }
        if ["true", "t", "1"].contains(where: { $0.utf8.elementsEqual(text.utf8) }) { return true }
        if ["false", "f", "0"].contains(where: { $0.utf8.elementsEqual(text.utf8) }) { return false }
        note(name, .wrongType, "This must be true or false.")
        return nil
    }

    /// A moment as `read` takes it; `nil` if it is missing, null or something else.
    mutating func moment(_ name: String, _ read: (String) -> Timestamp?) -> Timestamp? {
        guard let text = text(name), !text.isEmpty else { return nil }
        let moment = read(text)
        if moment == nil { note(name, .invalidFormat, "This is not a moment.") }
        return moment
    }

    /// The object under a name, of a JSON record; `nil` if there is none.
    mutating func object(_ name: String) -> ImportFields? {
        guard case .object(let members, let text) = source else { return nil }
        switch members[Array(name.utf8)] {
        case .object(let inner): return ImportFields(.object(inner, text: text), path: "\(path)\(name)/")
        case nil, .null: return nil
        default:
            note(name, .wrongType, "This must be an object.")
            return nil
        }
    }

    /// The objects of an array, of a JSON record; none if there is none.
    mutating func objects(_ name: String) -> [ImportFields] {
        guard case .object(let members, let text) = source else { return [] }
        switch members[Array(name.utf8)] {
        case .array(let items):
            return items.enumerated().compactMap { index, item in
                guard case .object(let inner) = item else { return nil }
                return ImportFields(.object(inner, text: text), path: "\(path)\(name)/\(index)/")
            }
        case nil, .null: return []
        default:
            note(name, .wrongType, "This must be an array of objects.")
            return []
        }
    }

    /// The first string of an array, of a JSON record; `nil` if there is none.
    func firstText(_ name: String) -> String? {
        guard case .object(let members, let text) = source, case .array(let items) = members[Array(name.utf8)],
            case .string(let range) = items.first
        else { return nil }
        return String(decoding: JSONString.decode(text.span, range), as: UTF8.self)
    }

    /// The object that stands as JSON in a string; `nil` if there is none, or it is noted as a fault.
    mutating func embeddedObject(_ name: String) -> ImportFields? {
        guard let text = text(name).map({ Array($0.utf8) }) else { return nil }
        do throws(ValueFault) {
            return ImportFields(
                .object(try Self.members(text, named: "text"), text: text), path: "\(path)\(name)/")
        } catch {
            note(name, error.code, error.detail)
            return nil
        }
    }
}
