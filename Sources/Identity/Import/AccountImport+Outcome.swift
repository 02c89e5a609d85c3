extension AccountImport {
    /// A record that is not imported, with its faults.
    public struct Refusal: Sendable, Equatable {
        /// The number of the line or of the record, starting at 1.
        public let number: Int
        /// The email address, if the record has a valid one.
        public let email: EmailAddress?
        /// The identifier in the other system, if the record has a valid one.
        public let externalID: String?
        /// The faults.
        public let faults: [InputFault]
    }

    /// The outcome of an import.
    public struct Outcome: Sendable {
        /// The number of valid accounts.
        public let accepted: Int
        /// The accounts that were added.
        public let imported: [Account]
        /// The number of valid accounts without a password, which need one before anybody logs in.
        public let withoutPassword: Int
        /// The number of records that are no accounts, such as groups.
        public let skipped: Int
        /// The refused records in their order.
        public let refusals: [Refusal]

        /// The number of accounts added.
        public var added: Int { imported.count }

        /// The reasons of the refusals, the most frequent first.
        public var reasons: [Reason] {
            var reasons: [Reason] = []
            var places: [Reason.Key: Int] = [:]
            for refusal in refusals {
                for fault in refusal.faults {
                    let key = Reason.Key(fault)
                    if let place = places[key] {
                        reasons[place].count += 1
                        if reasons[place].examples.count < Reason.mostExamples {
                            reasons[place].examples.append((refusal, fault))
                        }
                    } else {
                        places[key] = reasons.count
                        reasons.append(Reason(count: 1, examples: [(refusal, fault)]))
                    }
                }
            }
            return reasons.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
                .map(\.element)
        }
    }

    /// A fault that one or more records have.
    public struct Reason: Sendable {
        /// The most examples that are kept.
        static let mostExamples = 5

        /// The number of records.
        public fileprivate(set) var count: Int
        /// The first records, each with its fault.
        public fileprivate(set) var examples: [(refusal: Refusal, fault: InputFault)]

        /// Faults in items of a list are one reason, as are those whose details name another place.
        fileprivate struct Key: Hashable {
            let field: String
            let code: InputFault.Code
            let detail: String

            init(_ fault: InputFault) {
                field = String(fault.field.prefix { $0 != "/" })
                code = fault.code
                // Of few texts, each with another remedy.
                detail = fault.code == .unusableHash || fault.code == .required ? fault.detail : ""
            }
        }
    }
}
