import Glibc

/// A converter of internationalized domain names to A-labels (RFC 5890), by libidn2.
///
/// The library is loaded when a domain beyond ASCII is first met, so that other installations do not need it.
@safe public struct DomainNames: Sendable {
    private typealias Lookup =
        @convention(c) (
            UnsafePointer<CChar>?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, CInt
        ) -> CInt
    private typealias Free = @convention(c) (UnsafeMutableRawPointer?) -> Void

    /// `IDN2_NFC_INPUT`, `IDN2_NONTRANSITIONAL` and `IDN2_USE_STD3_ASCII_RULES`: UTS #46 as browsers have it.
    private static let flags: CInt = 1 | 8 | 32

    /// The library of the host; `nil` where it has no libidn2.
    public static let system = DomainNames(library: "libidn2.so.0")

    private let lookup: Lookup
    private let free: Free

    /// Loads the library, which stays loaded.
    ///
    /// - Returns: `nil` where it is not there.
    init?(library name: String) {
        guard let library = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL),
            let lookup = unsafe dlsym(library, "idn2_lookup_u8"), let free = unsafe dlsym(library, "idn2_free")
        else { return nil }
        // The types are those of <idn2.h>, which are part of the library's version 0.
        unsafe self.lookup = unsafe unsafeBitCast(lookup, to: Lookup.self)
        unsafe self.free = unsafe unsafeBitCast(free, to: Free.self)
    }

    /// A domain in A-labels; `nil` where it is not a valid one.
    func inALabels(_ domain: String) -> String? {
        var converted: UnsafeMutablePointer<CChar>?
        guard unsafe lookup(domain, &converted, Self.flags) == 0, let converted = unsafe converted else { return nil }
        defer { unsafe free(converted) }
        return unsafe String(cString: converted)
    }
}
