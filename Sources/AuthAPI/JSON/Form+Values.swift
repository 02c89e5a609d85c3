import Identity

extension Form {
    /// The value of a string; `nil` if it is missing, null or not valid.
    mutating func value<Value>(_ name: String, _ read: (String) throws(ValueFault) -> Value) -> Value? {
        string(name).flatMap { self.read($0, name, read) }
    }

    /// The value of a string that null clears. The outer `nil` stands for a member that is missing or not valid.
    mutating func nullableValue<Value>(_ name: String, _ read: (String) throws(ValueFault) -> Value) -> Value?? {
        guard let text = nullableString(name) else { return nil }
        guard let text else { return .some(nil) }
        return self.read(text, name, read).map { .some($0) }
    }

    /// The values of an array of strings, without those that are not valid; `nil` if it is missing or null.
    mutating func values<Value>(_ name: String, _ read: (String) throws(ValueFault) -> Value) -> [Value]? {
        guard let texts = strings(name) else { return nil }
        var values: [Value] = []
        for case (let index, let text?) in texts.enumerated() {
            if let value = self.read(text, "\(name)/\(index)", read) { values.append(value) }
        }
        return values
    }

    private mutating func read<Value>(
        _ text: String, _ name: String, _ read: (String) throws(ValueFault) -> Value
    ) -> Value? {
        do throws(ValueFault) {
            return try read(text)
        } catch {
            note(name, error.code, error.detail)
            return nil
        }
    }
}
