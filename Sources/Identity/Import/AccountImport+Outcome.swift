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
        /// The number of refused records.
        public let refusedCount: Int
        /// The first refused records, `AccountImport.mostKeptRefusals` at most, in the order of their numbers.
        public let refusals: [Refusal]
        /// The reasons of all refusals, the most frequent first.
        public let reasons: [Reason]

        /// The number of accounts added.
        public var added: Int { imported.count }
    }
}
