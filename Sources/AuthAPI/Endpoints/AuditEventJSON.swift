public import Identity

extension AuditEvent {
    /// The entry as the API shows it.
    public var json: JSONValue {
        [
            "id": .string("\(id)"),
            "type": .string(kind.rawValue),
            "time": .string("\(time)"),
            "actor": .string(orNull: actor?.description),
            "credential": credential.json,
            "account": .string(orNull: account?.description),
            "target": .string(orNull: target),
            "org_id": .string(orNull: organization?.description),
            "address": .string(orNull: address.isEmpty ? nil : address),
            "request_id": .string(orNull: requestID.isEmpty ? nil : requestID),
            "details": .object(
                details.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }),
        ]
    }
}

extension AuditEvent.Authorization {
    fileprivate var json: JSONValue {
        switch self {
        case .none: .null
        case .commandLine: ["kind": "command_line", "id": .null]
        case .credential(let id): ["kind": .string(id.kind), "id": .string("\(id)")]
        }
    }
}
