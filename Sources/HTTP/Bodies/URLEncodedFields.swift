import JSON
import System

/// The fields of a query or of a form body: `name=value`, percent-encoded, with `&` between them.
///
/// Everything is decoded at once, strictly: anything but percent-encoded UTF-8 is refused. The decoded bytes lie in one
/// buffer that is wiped at its end, since a form may hold a password.
struct URLEncodedFields: Sendable {
    /// The syntax: the two differ in the plus sign and in strictness.
    enum Syntax {
        /// A query (RFC 3986, section 3.4): `+` is a plus sign, and a name may be repeated, unless it is asked for.
        case query
        /// A body of type `application/x-www-form-urlencoded` (URL Standard, section 5): `+` is a space, and no name is
        /// repeated.
        case form
    }

    /// The most bytes of a query.
    static let maximumQueryLength = 4096
    /// The most fields of a form.
    static let maximumFields = 64

    /// The names and values, decoded, one behind the other.
    let bytes: RequestBody
    /// The place of each value among them, by name; `repeated` for a name that a query repeats.
    let members: [[UInt8]: JSONParser.Node]

    /// Reads the fields of a text. One without `=` has an empty value; nothing between two `&` is no field.
    init(_ text: Span<UInt8>, _ syntax: Syntax) throws(URLEncodedError) {
        if syntax == .query, text.count > Self.maximumQueryLength { throw .tooLong(limit: Self.maximumQueryLength) }
        var output: [UInt8] = []
        // Decoding never makes a text longer, so that the array does not move and leaves no copy behind.
        output.reserveCapacity(text.count)
        do throws(URLEncodedError) {
            members = try Self.read(text, syntax, into: &output)
        } catch {
            WipedBytes.wipe(&output)
            throw error
        }
        bytes = RequestBody(output)
    }

    private static func read(
        _ text: Span<UInt8>, _ syntax: Syntax, into output: inout [UInt8]
    ) throws(URLEncodedError) -> [[UInt8]: JSONParser.Node] {
        var members: [[UInt8]: JSONParser.Node] = [:]
        var start = 0
        while start < text.count {
            let end = text.firstIndex(of: UInt8(ascii: "&"), in: start..<text.count)
            defer { start = end + 1 }
            guard end > start else { continue }
            let equals = text.firstIndex(of: UInt8(ascii: "="), in: start..<end)
            let name = Array(output[try decode(text, start..<equals, syntax, &output)])
            let value = try decode(text, min(equals + 1, end)..<end, syntax, &output)
            if members.updateValue(.string(value), forKey: name) != nil {
                if syntax == .form { throw .repeatedField(String(decoding: name, as: UTF8.self)) }
                members[name] = repeated
            }
            if syntax == .form, members.count > maximumFields { throw .tooManyFields(limit: maximumFields) }
        }
        return members
    }

    /// The mark of a parameter that stands in a query more than once.
    static let repeated = JSONParser.Node.array([])

    /// Decodes a part of the text and says where the result lies.
    private static func decode(
        _ text: Span<UInt8>, _ part: Range<Int>, _ syntax: Syntax, _ output: inout [UInt8]
    ) throws(URLEncodedError) -> Range<Int> {
        let start = output.count
        guard PercentEncoding.decode(text.extracting(part), plusIsSpace: syntax == .form, into: &output),
            (try? UTF8Span(validating: output.span.extracting(start...))) != nil
        else { throw .malformed }
        return start..<output.count
    }
}

/// The reason why a query or a form body can't be read.
public enum URLEncodedError: Error, Equatable {
    /// A percent sign that begins no triplet, or bytes that are not UTF-8.
    case malformed
    /// A query that is too long, in bytes.
    case tooLong(limit: Int)
    /// A form with too many fields.
    case tooManyFields(limit: Int)
    /// A form with a name that stands there twice.
    case repeatedField(String)
}

extension Span<UInt8> {
    /// The first place of a byte within a range; its end if there is none.
    fileprivate func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int {
        range.first { self[$0] == byte } ?? range.upperBound
    }
}
