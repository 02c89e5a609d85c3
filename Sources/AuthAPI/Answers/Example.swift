import JSON

/// The identifiers in the document's examples, which belong together. The account is the one of the reference, letter
/// by letter.
enum Example {
    static let account: JSONValue = "acct_6c8a1f3b2d4e5f7a"
    static let user: JSONValue = "user_4b7c2a1d9e5f3c8b"
    static let organization: JSONValue = "org_2f3a9d1c7b5e4a8f"
    static let session: JSONValue = "sess_9d1c7b5e4a8f2f3a"
    static let apiToken: JSONValue = "tok_5e4a8f2f3a9d1c7b"
    static let factor: JSONValue = "fac_7b5e4a8f2f3a9d1c"
    static let email: JSONValue = "sasha@auroralabs.com"
    static let moment: JSONValue = "2026-02-08T14:12:45Z"
    static let roles: JSONValue = ["AppAdmin"]
    static let requestID: JSONValue = "req_0a1b2c3d4e5f6071"
}
