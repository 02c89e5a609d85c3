/// The part of the store for second factors as they are proved.
public protocol FactorStore: Sendable {
    /// The values against which the second factors of an account are checked; `nil` if there is no such account.
    func factorMaterial(of account: Identifier<Account>) throws(StoreError) -> FactorMaterial?

    /// The passkey with a credential identifier, and its account; `nil` if there is none, or if it is a security key,
    /// which is for use behind a password. Both cost
    /// the same, wherever there is one at all: in place of an unknown one the next is read.
    func registeredKey(credential id: [UInt8]) throws(StoreError) -> RegisteredKey?
}
