public import HTTP
public import Identity

/// The fields of a body or a query, whose faults are those of the domain.
typealias Fields = FieldReader<InputFault>

extension InputFault: FieldFault {
    /// Makes the fault that a reader found.
    public init(_ field: String, _ cause: FieldCause) {
        self.init(field, Code(cause), cause.detail)
    }
}

extension InputFault.Code {
    fileprivate init(_ cause: FieldCause) {
        switch cause {
        case .wrongType: self = .wrongType
        case .invalidFormat: self = .invalidFormat
        case .outOfRange: self = .outOfRange
        case .tooManyItems: self = .tooLong
        case .repeated: self = .repeated
        case .unknown: self = .unknownParameter
        case .notChangeable: self = .notChangeable
        }
    }
}

extension FieldReader where Fault == InputFault {
    /// A password, of which no copy stays behind; `nil` where it is missing, null or of another type.
    mutating func password(_ name: String) -> Password? {
        utf8(name).map { Password(utf8: $0) }
    }

    /// An identifier; `nil` where it is missing, null or wrong.
    mutating func identifier<Entity>(_ name: String, of _: Entity.Type) -> Identifier<Entity>? {
        value(name, Identifier<Entity>.formDetail) { Identifier($0) }
    }

    /// A moment; `nil` where it is missing, null or wrong.
    mutating func timestamp(_ name: String) -> Timestamp? {
        value(name, Timestamp.formDetail) { Timestamp($0) }
    }

    /// A string as `read` takes it; `nil` where it is missing, null or wrong.
    ///
    /// - Parameters:
    ///   - detail: the sentence where `read` returns `nil`.
    ///   - code: the same, for programs.
    mutating func value<Value>(
        _ name: String, _ detail: String, _ code: InputFault.Code = .invalidFormat, read: (String) -> Value?
    ) -> Value? {
        value(name, InputFault(name, code, detail), read: read)
    }

    /// The wanted part of a list: `page_size`, `after` or `before`, and `count`.
    mutating func page() -> PageRequest {
        let size = integer("page_size", in: PageRequest.sizes)
        let noCursor = "This is not a cursor of this list."
        let after = value("after", noCursor) { Cursor($0) }
        let before = value("before", noCursor) { Cursor($0) }
        if after != nil && before != nil {
            note(InputFault("before", .outOfRange, "Only one of after and before may be there."))
        }
        let counts = bool("count")
        let position: PageRequest.Position = after.map { .after($0) } ?? before.map { .before($0) } ?? .first
        return PageRequest(size: size ?? PageRequest.defaultSize, position: position, counts: counts ?? true)
    }

    /// Makes sure that the parameters of a query that were asked for had no fault.
    func check() throws(Problem) {
        guard faults.isEmpty else { throw .invalidQuery(faults) }
    }

    /// Notes those members of a resource that nothing has asked for: whoever sends them would believe them changed.
    mutating func refuseOthers(of resource: ChangeableResource) {
        refuseUnread(of: resource.members)
    }
}

/// A resource that requests change, as clients know it.
struct ChangeableResource {
    /// The names of its members.
    let members: [String]

    /// Makes it of the members that its answer has, and of others that it has but does not show.
    private init(_ schema: String, hidden: [String] = []) {
        members = Schema.memberNames(of: schema) + hidden
    }

    static let account = ChangeableResource("Account", hidden: ["state", "password"])
    static let user = ChangeableResource("User")
    static let organization = ChangeableResource("Organization")
}

extension Identifier {
    /// The sentence about a text that is not an identifier.
    static var formDetail: String {
        "This is not an identifier such as \(Entity.identifierPrefix)6c8a1f3b2d4e5f7a."
    }
}
