extension AccountImport {
    /// The refused records: all are counted, each under its reasons, and the first are kept.
    ///
    ///     var refusals = Refusals(keeping: 100_000)
    ///     refusals.add(refusal)
    struct Refusals {
        /// The number of refused records.
        private(set) var count = 0
        /// The first of them, as they were found.
        private(set) var kept: [Refusal] = []

        private let mostKept: Int
        private var found: [Reason] = []
        private var places: [Reason.Key: Int] = [:]

        init(keeping mostKept: Int) { self.mostKept = mostKept }

        /// The reasons, the most frequent first.
        var reasons: [Reason] {
            found.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
        }

        mutating func add(_ refusal: Refusal) {
            count += 1
            if kept.count < mostKept { kept.append(refusal) }
            for fault in refusal.faults {
                let key = Reason.Key(fault)
                if let place = places[key] {
                    found[place].add(refusal, fault)
                } else {
                    places[key] = found.count
                    found.append(Reason(count: 1, examples: [(refusal, fault)]))
                }
            }
        }
    }

    /// A fault that one or more records have.
    public struct Reason: Sendable {
        /// The most examples that are kept.
        private static let mostExamples = 5

        /// The number of records.
        public fileprivate(set) var count: Int
        /// The first records, each with its fault.
        public fileprivate(set) var examples: [(refusal: Refusal, fault: InputFault)]

        fileprivate mutating func add(_ refusal: Refusal, _ fault: InputFault) {
            count += 1
            if examples.count < Self.mostExamples { examples.append((refusal, fault)) }
        }

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
