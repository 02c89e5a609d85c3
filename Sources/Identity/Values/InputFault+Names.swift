// Names of people, organizations and tokens in requests and commands.

extension InputFault {
    /// A required name in Normalization Form C; `nil` if it is missing, blank or unusable. Faults are recorded.
    static func requiredName(_ text: String?, _ field: String, _ faults: inout [InputFault]) -> String? {
        guard let text, !text.isBlank else {
            faults.append(InputFault(field, .required, "This is required."))
            return nil
        }
        return name(text, field, &faults)
    }

    /// An optional name in Normalization Form C; `nil` if it is blank or unusable. Faults are recorded.
    static func optionalName(_ text: String, _ field: String, _ faults: inout [InputFault]) -> String? {
        text.isBlank ? nil : name(text, field, &faults)
    }

    private static func name(_ text: String, _ field: String, _ faults: inout [InputFault]) -> String? {
        do throws(NormalizationFault) {
            let name = try text.inNormalFormC(atMost: maximumNameLength)
            if name.unicodeScalars.contains(where: \.breaksLines) {
                faults.append(
                    InputFault(
                        field, .invalidCharacter,
                        "A name holds no control characters, line separators and bidirectional controls."))
            }
            return name
        } catch .tooLong {
            faults.append(InputFault(field, .tooLong, "A name has at most \(maximumNameLength) characters."))
        } catch {
            faults.append(
                InputFault(
                    field, .invalidCharacter, "A name has at most \(String.maximumMarkRun) combining marks in a row."))
        }
        return nil
    }

    /// A display name composed of other texts, cut to the maximum length at the end of a user-perceived character, so
    /// that it can be saved again.
    public static func cutName(_ name: String) -> String {
        guard name.unicodeScalars.count > maximumNameLength else { return name }
        var (cut, length) = ("", 0)
        for character in name {
            length += character.unicodeScalars.count
            guard length <= maximumNameLength else { break }
            cut.append(character)
        }
        // A single character may be longer than a name.
        return cut.isBlank ? String(name.unicodeScalars.prefix(maximumNameLength)) : cut.trimmed
    }
}

extension Unicode.Scalar {
    /// True if it changes the layout of its line, so that the text around it may be displayed elsewhere or in another
    /// order.
    ///
    /// Other format characters are allowed in a name: several scripts, and emoji, need joiners.
    var breaksLines: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: properties.isBidiControl
        }
    }
}
