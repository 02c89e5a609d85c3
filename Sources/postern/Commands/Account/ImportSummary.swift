import Identity
import JSON

/// The outcome of an import for its operator: the reasons of refusals with their first records, and the numbers.
struct ImportSummary {
    let outcome: AccountImport.Outcome
    /// The word for the numbers of records.
    let unit: ImportRecord.Unit
    let mode: ImportMode

    /// True if the valid accounts were imported.
    var isDone: Bool {
        switch mode {
        case .dryRun: false
        case .whatFits: true
        case .allOrNothing: outcome.refusedCount == 0
        }
    }

    /// True if the file had no account at all, not even one that is refused.
    var isEmpty: Bool { outcome.accepted == 0 && outcome.refusedCount == 0 }

    /// Prints it for people.
    func print() throws(CommandFailure) {
        for reason in outcome.reasons { try print(reason) }
        try Terminal.print(sentence)
    }

    private func print(_ reason: AccountImport.Reason) throws(CommandFailure) {
        guard let first = reason.examples.first?.fault else { return }
        let isShared = reason.examples.allSatisfy { $0.fault.detail == first.detail }
        let field = first.field.isEmpty ? "" : "\(first.field): "
        try Terminal.print("\(count(reason.count)): \(field)\(isShared ? first.detail : first.code.rawValue)")
        for (refusal, fault) in reason.examples {
            let name = refusal.email.map { "\($0)" } ?? refusal.externalID
            let parts = ["    \(unit.rawValue) \(refusal.number)", name, isShared ? nil : fault.detail]
            try Terminal.print(parts.compactMap(\.self).joined(separator: ": "))
        }
        let rest = reason.count - reason.examples.count
        if rest > 0 { try Terminal.print("    and \(rest) more: --report FILE has them all") }
    }

    private func count(_ number: Int) -> String { number.of(unit.rawValue, "\(unit.rawValue)s") }

    private var sentence: String {
        let (refused, withoutPassword) = (outcome.refusedCount, outcome.withoutPassword)
        let without = withoutPassword == 0 ? "" : " (\(withoutPassword) without a password)"
        let kind = outcome.skipped == 1 ? "that is no account" : "that are no accounts"
        let skipped = outcome.skipped == 0 ? "" : " Skipped \(count(outcome.skipped)) \(kind)."
        let numbers =
            switch mode {
            case .dryRun:
                "\(accounts(outcome.accepted))\(without) can be imported, \(count(refused)) refused."
            case _ where isDone: "Imported \(accounts(outcome.added))\(without), refused \(count(refused))."
            default:
                "Nothing was imported: \(count(refused)) refused, \(outcome.accepted) valid. Correct the file, or give "
                    + "--keep-going."
            }
        return numbers + skipped
    }

    private func accounts(_ number: Int) -> String { number.of("account", "accounts") }
}

extension ImportSummary {
    /// The outcome for scripts.
    var json: JSONValue {
        [
            "accepted": .number(outcome.accepted), "added": .number(outcome.added),
            "without_password": .number(outcome.withoutPassword), "skipped": .number(outcome.skipped),
            "reasons": .array(
                outcome.reasons.map { reason in
                    [
                        "field": .string(orNull: reason.examples.first?.fault.field),
                        "code": .string(orNull: reason.examples.first?.fault.code.rawValue),
                        "detail": .string(orNull: reason.examples.first?.fault.detail), "count": .number(reason.count),
                    ]
                }),
            "refused_count": .number(outcome.refusedCount),
            "refused": .array(outcome.refusals.map(json)),
        ]
    }

    private func json(_ refusal: AccountImport.Refusal) -> JSONValue {
        .members([
            (unit.rawValue, .number(refusal.number)), ("email", .string(orNull: refusal.email.map { "\($0)" })),
            ("external_id", .string(orNull: refusal.externalID)), ("errors", .array(refusal.faults.map(\.json))),
        ])
    }

    /// Writes the identifiers of the accounts that were imported.
    func write(map file: NewFile) throws(CommandFailure) {
        try file.writeRow(["external_id", "account_id", "email"])
        for account in outcome.imported {
            try file.writeRow([account.externalID ?? "", "\(account.id)", "\(account.email)"])
        }
        try file.finish()
    }
}

extension InputFault {
    fileprivate var json: JSONValue {
        ["field": .string(field), "code": .string(code.rawValue), "detail": .string(detail)]
    }
}
