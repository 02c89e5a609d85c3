import System

/// Internationalized domain names, converted by libidn2 to the form of the DNS (RFC 5890).
///
/// The library is loaded when a domain beyond ASCII is first seen, so that no other process and host needs it.
@safe public struct DomainNames: Sendable {
    private typealias Lookup =
        @convention(c) (
            UnsafePointer<CChar>?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, CInt
        ) -> CInt
    private typealias Free = @convention(c) (UnsafeMutableRawPointer?) -> Void

    /// `IDN2_NFC_INPUT`, `IDN2_NONTRANSITIONAL` and `IDN2_USE_STD3_ASCII_RULES`: UTS #46 as browsers have it.
    private static let flags: CInt = 1 | 8 | 32

    /// The library of the host; `nil` if it has no libidn2.
    public static let system = try? DomainNames(library: "libidn2.so.0")

    private let lookup: Lookup
    private let free: Free

    /// Loads the library, which stays loaded.
    init(library name: String) throws(DynamicLibrary.LoadError) {
        let library = try DynamicLibrary(name)
        // The types are those of <idn2.h>, which are part of the library's version 0.
        unsafe lookup = try unsafe library.symbol("idn2_lookup_u8", as: Lookup.self)
        unsafe free = try unsafe library.symbol("idn2_free", as: Free.self)
    }

    /// A domain in A-labels; `nil` if it is not valid.
    func inALabels(_ domain: String) -> String? {
        var converted: UnsafeMutablePointer<CChar>?
        guard unsafe lookup(domain, &converted, Self.flags) == 0, let converted = unsafe converted else { return nil }
        defer { unsafe free(converted) }
        return unsafe String(cString: converted)
    }
}
