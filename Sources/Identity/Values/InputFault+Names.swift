// Names of people, organizations and tokens, read from what somebody sent or typed.

extension InputFault {
    /// A name in Normalization Form C that must be there and not be blank, whose faults are noted; `nil` where it is not
    /// usable at all.
    static func requiredName(_ text: String?, _ field: String, _ faults: inout [InputFault]) -> String? {
        guard let text, !text.isBlank else {
            faults.append(InputFault(field, .required, "This is required."))
            return nil
        }
        return name(text, field, &faults)
    }

    /// A name in Normalization Form C, whose faults are noted; `nil` where it is blank, or not usable at all.
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

    /// A display name that was made of other texts, cut where one character as people see it ends, so that it can be
    /// saved again.
    public static func cutName(_ name: String) -> String {
        guard name.unicodeScalars.count > maximumNameLength else { return name }
        var (cut, length) = ("", 0)
        for character in name {
            length += character.unicodeScalars.count
            guard length <= maximumNameLength else { break }
            cut.append(character)
        }
        // One character alone may be longer than a name.
        return cut.isBlank ? String(name.unicodeScalars.prefix(maximumNameLength)) : cut.trimmed
    }
}

extension Unicode.Scalar {
    /// Whether it does something to the line in which it stands: the text around it may be shown elsewhere, or in another
    /// order, than it is written.
    ///
    /// Other format characters may stand in a name: several scripts, and emoji, need joiners.
    fileprivate var breaksLines: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: properties.isBidiControl
        }
    }
}
