import FuzzDriver

/// Tries the reader of CBOR. It is a program of its own, of the reader's sources alone and optimized: after each input
/// libFuzzer looks at the counters of all code that is linked, which with the API in it leaves some thousands of inputs
/// a second in place of a hundred thousand.
@main enum FuzzCBOR {
    static func main() { FuzzDriver.run { read($0) } }

    /// Reads an item again, alone and with bytes behind it: it is the same, and so is each part.
    private static func read(_ input: [UInt8]) {
        guard let item = try? CBOR(prefixOf: input[...]) else { return }
        precondition(!item.encoded.isEmpty && item.encoded.count <= CBOR.maximumLength)
        let isWhole = item.encoded.count == input.count
        precondition(((try? CBOR(input[...])) != nil) == isWhole)
        precondition(isWhole || (try? CBOR(item.encoded))?.encoded == item.encoded)
        precondition((try? CBOR(item.encoded.dropLast())) == nil)
        // A key of each kind: each look reads the whole map.
        for part in [item["fmt"], item["authData"], item[1], item[-2]] {
            guard let part else { continue }
            precondition(item.entryCount != nil)
            precondition((try? CBOR(part.encoded))?.encoded == part.encoded)
            // A value of one type is none of the others.
            let types = [part.integer != nil, part.bytes != nil, part.text != nil, part.entryCount != nil]
            precondition(types.count { $0 } <= 1)
        }
    }
}
