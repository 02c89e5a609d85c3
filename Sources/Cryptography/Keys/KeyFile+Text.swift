import System

/// The text of a key file.
extension KeyFile {
    private static let header = Array("postern-keys 1".utf8)

    /// Reads the text of a file. The caller wipes it.
    ///
    /// - Throws: `.noKey`, `.tooManyKeys`, `.line`.
    init(text: [UInt8]) throws(KeyFileFault) {
        guard text.count <= Self.maximumLength else { throw .tooManyKeys }
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines[0].elementsEqual(Self.header) else {
            throw .line(1, reason: "a key file begins with `\(String(decoding: Self.header, as: UTF8.self))`")
        }
        // Behind the last line end there is nothing: else the file was cut short.
        guard lines.last?.isEmpty == true else {
            throw .line(lines.count, reason: "it has no end, so the file was cut short")
        }
        var keys: [Key] = []
        for (index, line) in lines.enumerated().dropFirst().dropLast() {
            let number = index + 1
            let key = try Self.key(line, number)
            guard !keys.contains(where: { $0.id == key.id }) else {
                throw .line(number, reason: "a line before it has the same identifier")
            }
            guard !keys.contains(where: { $0.secret.isEqual(to: key.secret) }) else {
                throw .line(number, reason: "a line before it has the same key")
            }
            guard keys.count < Self.mostKeys else { throw .tooManyKeys }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw .noKey }
        self.init(keys: keys)
    }

    private static func key(_ line: ArraySlice<UInt8>, _ number: Int) throws(KeyFileFault) -> Key {
        let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard fields.count == 3 else {
            throw .line(number, reason: "expected an identifier, a moment and a key, with one space between them")
        }
        guard let id = KeyID(String(decoding: fields[0], as: UTF8.self)) else {
            throw .line(number, reason: "the identifier is not key_ and 16 lower-case hexadecimal digits")
        }
        guard let createdAt = moment(fields[1]) else {
            throw .line(number, reason: "the moment is not a number of seconds since 1970")
        }
        guard fields[2].count == (8 * Key.length + 5) / 6, let bytes = Base64.decode(fields[2], .url) else {
            throw .line(number, reason: "the key is not 32 bytes in base64url without padding")
        }
        return Key(id: id, createdAt: createdAt, secret: Secret(bytes))
    }

    private static func moment(_ digits: ArraySlice<UInt8>) -> Int64? {
        let isCanonical = digits.first != UInt8(ascii: "0") || digits.count == 1
        guard (1...12).contains(digits.count), isCanonical else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = 10 * value + Int64(digit - UInt8(ascii: "0"))
        }
        return value <= Key.lastMoment ? value : nil
    }

    /// Lends the text. It is wiped afterwards.
    func withText<Result, Failure: Error>(
        _ use: (borrowing [UInt8]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var text: [UInt8] = []
        // No growth, which would leave a part behind.
        text.reserveCapacity(Self.maximumLength)
        defer { WipedBytes.wipe(&text) }
        text += Self.header
        text.append(UInt8(ascii: "\n"))
        for key in keys {
            text += "\(key.id) \(key.createdAt) ".utf8
            key.secret.withSpan { Base64.append($0, .url, to: &text) }
            text.append(UInt8(ascii: "\n"))
        }
        return try use(text)
    }
}
