/// The values of one statement in PostgreSQL's binary form, in one piece of memory that is used again and again.
struct ParameterBuffer {
    private var bytes: [UInt8] = []
    /// The place of each value in `bytes`; `nil` for NULL.
    private var offsets: [Int?] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []
    private var types: [UInt32] = []

    /// The most bytes of one statement's values: PostgreSQL takes no value of 1 GiB.
    static let mostBytes = 1 << 29

    /// Takes the values of a statement.
    ///
    /// - Throws: `PostgreSQLError` of the kind `library` for more than PostgreSQL takes.
    mutating func encode(_ values: [PostgreSQLParameter]) throws(PostgreSQLError) {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 64 * 1024)
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        types.removeAll(keepingCapacity: true)
        guard values.count <= 65_535 else {
            throw PostgreSQLError(.library, "\(values.count) values are more than a statement of PostgreSQL takes")
        }
        while formats.count < values.count { formats.append(1) }
        for value in values {
            let start = bytes.count
            encode(value)
            guard bytes.count <= Self.mostBytes else {
                throw PostgreSQLError(.library, "a statement has more than \(Self.mostBytes) bytes of values")
            }
            offsets.append(value == .null ? nil : start)
            lengths.append(CInt(bytes.count - start))
            types.append(value.type)
        }
        // So that the place of an empty value at the end is one in the memory too, and no null pointer.
        bytes.append(0)
    }

    /// Lends the values to a function of libpq: count, types, values, lengths and formats.
    borrowing func lend<Value>(
        _ body: (
            CInt, UnsafePointer<UInt32>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?,
            UnsafePointer<CInt>?
        ) -> Value
    ) -> Value {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: max(offsets.count, 1)) {
                pointers in
                for (index, offset) in offsets.enumerated() {
                    let place = unsafe offset.flatMap { unsafe bytes.baseAddress?.advanced(by: $0) }
                    unsafe pointers.initializeElement(at: index, to: place?.assumingMemoryBound(to: CChar.self))
                }
                return unsafe types.withUnsafeBufferPointer { types in
                    unsafe lengths.withUnsafeBufferPointer { lengths in
                        unsafe formats.withUnsafeBufferPointer { formats in
                            unsafe body(
                                CInt(offsets.count), types.baseAddress, UnsafePointer(pointers.baseAddress),
                                lengths.baseAddress, formats.baseAddress)
                        }
                    }
                }
            }
        }
    }

    private mutating func encode(_ value: PostgreSQLParameter) {
        switch value {
        case .null: break
        case .integer(let number): append(number)
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .bytes(let blob): bytes.append(contentsOf: blob)
        case .integers(let numbers): append(numbers, of: PostgreSQLType.int8) { $0.append($1) }
        case .texts(let texts): append(texts, of: PostgreSQLType.text) { $0.bytes.append(contentsOf: $1.utf8) }
        case .blobs(let blobs): append(blobs, of: PostgreSQLType.bytea) { $0.bytes.append(contentsOf: $1) }
        }
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Appends an array of one dimension, as `array_recv` of PostgreSQL reads it.
    private mutating func append<Element>(
        _ elements: [Element?], of type: UInt32, _ write: (inout ParameterBuffer, Element) -> Void
    ) {
        append(Int32(elements.isEmpty ? 0 : 1))
        append(Int32(elements.contains { $0 == nil } ? 1 : 0))
        append(type)
        if elements.isEmpty { return }
        append(Int32(clamping: elements.count))
        append(Int32(1))
        for element in elements {
            guard let element else {
                append(Int32(-1))
                continue
            }
            let place = bytes.count
            append(Int32(0))
            write(&self, element)
            let count = Int32(clamping: bytes.count - place - 4)
            for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: count >> (24 - 8 * index)) }
        }
    }
}
