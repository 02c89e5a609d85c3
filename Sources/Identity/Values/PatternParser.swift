/// Reads a regular expression into a tree, and refuses one whose automaton would be too large before any of it is made.
struct PatternParser {
    /// The most states that an automaton may have.
    static let maximumStates = 2000
    /// How deep groups may be nested: each takes some frames of a stack that may be small.
    static let maximumDepth = 16
    /// The largest count of a repetition: RE_DUP_MAX as POSIX has it, and no address is longer.
    static let maximumCount = 255
    /// How high a tree may be: four levels for each group, and repetitions of repetitions.
    private static let maximumHeight = 4 * maximumDepth + 16

    /// A part of an expression.
    indirect enum Node {
        case empty
        /// One byte of the set of this number.
        case bytes(Int)
        /// The beginning of the text.
        case start
        /// The end of the text.
        case end
        case sequence([Node])
        case choice([Node])
        /// Repeated so often; without a bound where there is no `most`.
        case repeated(Node, least: Int, most: Int?)
    }

    /// An expression that was read.
    struct Tree {
        let node: Node
        /// The sets of bytes, which nodes name by number.
        let sets: [ByteSet]
    }

    /// A node with the number of states that it takes.
    private struct Part {
        var node: Node
        var states: Int
        var height: Int
    }

    private let text: [UInt8]
    private var position = 0
    private var depth = 0
    private var sets: [ByteSet] = []

    private init(_ text: [UInt8]) {
        self.text = text
    }

    /// Reads an expression.
    static func parse(_ text: [UInt8]) throws(EmailPattern.Refusal) -> Tree {
        var parser = PatternParser(text)
        let part = try parser.choice()
        // Only a parenthesis that nothing opens is left.
        guard parser.position == text.count else { throw .malformed }
        return Tree(node: part.node, sets: parser.sets)
    }

    private mutating func choice() throws(EmailPattern.Refusal) -> Part {
        var branches = [try sequence()]
        while skip("|") { branches.append(try sequence()) }
        if branches.count == 1 { return branches[0] }
        // A fork in front of each branch but the last, and a jump behind it.
        return try part(.choice(branches.map(\.node)), of: branches, more: 2 * (branches.count - 1))
    }

    private mutating func sequence() throws(EmailPattern.Refusal) -> Part {
        var pieces: [Part] = []
        while let byte = peek(), byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            var piece = try atom(byte)
            while let (least, most) = try count() { piece = try repeated(piece, least, most) }
            // What matches the empty text only has no states, by which nothing would bound how many there are.
            if piece.states > 0 { pieces.append(piece) }
        }
        return try part(.sequence(pieces.map(\.node)), of: pieces, more: 0)
    }

    private mutating func atom(_ byte: UInt8) throws(EmailPattern.Refusal) -> Part {
        position += 1
        switch byte {
        case UInt8(ascii: "("): return try group()
        case UInt8(ascii: "."): return bytes(.all)
        case UInt8(ascii: "["): return bytes(try brackets())
        case UInt8(ascii: "\\"): return bytes(try escaped())
        case UInt8(ascii: "^"): return try anchor(.start)
        case UInt8(ascii: "$"): return try anchor(.end)
        // There is nothing in front that could be repeated.
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): throw .malformed
        default: return bytes(Self.set(of: byte))
        }
    }

    private mutating func group() throws(EmailPattern.Refusal) -> Part {
        depth += 1
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        let part = try choice()
        guard skip(")") else { throw .malformed }
        depth -= 1
        return part
    }

    /// An anchor, which nothing may repeat.
    private func anchor(_ node: Node) throws(EmailPattern.Refusal) -> Part {
        if let next = peek(), "*+?{".utf8.contains(next) { throw .malformed }
        return Part(node: node, states: 1, height: 1)
    }

    private mutating func escaped() throws(EmailPattern.Refusal) -> ByteSet {
        guard let byte = peek() else { throw .malformed }
        switch byte {
        case UInt8(ascii: "1")...UInt8(ascii: "9"): throw .backReference
        // GNU's signs for the boundaries of words and of the text, among others.
        case _ where byte.isASCIILetter || "0<>'`".utf8.contains(byte): throw .escapedLetter
        default: position += 1
        }
        return Self.set(of: byte)
    }

    /// The set of one byte. Small letters are capitals, in the text too.
    private static func set(of byte: UInt8) -> ByteSet {
        var set = ByteSet()
        set.insert(byte.asciiUppercased)
        return set
    }

    private mutating func bytes(_ set: ByteSet) -> Part {
        sets.append(set)
        return Part(node: .bytes(sets.count - 1), states: 1, height: 1)
    }

    private func repeated(_ part: Part, _ least: Int, _ most: Int?) throws(EmailPattern.Refusal) -> Part {
        // It matches the empty text however often it stands there: copies would take time and no states to bound them.
        guard part.states > 0 else { return part }
        // The states of `PatternProgram.append`; both factors are bounded, so nothing overflows.
        let rest =
            if let most { (most - least) * (part.states + 1) } else if least == 0 { part.states + 2 } else { 1 }
        return try self.part(
            .repeated(part.node, least: least, most: most), of: [part], more: (least - 1) * part.states + rest)
    }

    private func part(_ node: Node, of parts: [Part], more states: Int) throws(EmailPattern.Refusal) -> Part {
        let part = Part(
            node: node, states: parts.reduce(states) { $0 + $1.states },
            height: 1 + (parts.map(\.height).max() ?? 0))
        guard part.states <= Self.maximumStates else { throw .tooLarge }
        guard part.height <= Self.maximumHeight else { throw .tooDeep }
        return part
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < text.count ? text[position + distance] : nil
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}

extension PatternParser {
    /// How often what stands in front is repeated; `nil` where nothing says so.
    private mutating func count() throws(EmailPattern.Refusal) -> (least: Int, most: Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        guard skip("{") else { return nil }
        let least = try number()
        var most = least
        if skip(",") {
            most = try number()
            // Without a number before the comma none is the least.
            guard least != nil || most != nil else { throw .malformed }
        } else if least == nil {
            throw .malformed
        }
        guard skip("}"), most.map({ (least ?? 0) <= $0 }) ?? true else { throw .malformed }
        return (least ?? 0, most)
    }

    /// A number; `nil` where there is no digit.
    private mutating func number() throws(EmailPattern.Refusal) -> Int? {
        var number: Int?
        while let digit = peek(), digit.isASCIIDigit {
            let value = (number ?? 0) * 10 + Int(digit - UInt8(ascii: "0"))
            guard value <= Self.maximumCount else { throw .tooLarge }
            (number, position) = (value, position + 1)
        }
        return number
    }

    /// A bracket expression (IEEE Std 1003.1, section 9.3.5), of which the first bracket was read.
    private mutating func brackets() throws(EmailPattern.Refusal) -> ByteSet {
        var set = ByteSet()
        let isComplement = skip("^")
        var isFirst = true
        while isFirst || peek() != UInt8(ascii: "]") {
            // A hyphen stands for itself at either end only.
            if !isFirst, peek() == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]") { throw .malformed }
            try addElement(to: &set)
            isFirst = false
        }
        position += 1
        if isComplement { set.formComplement() }
        return set
    }

    /// Reads a character, a range or a class.
    private mutating func addElement(to set: inout ByteSet) throws(EmailPattern.Refusal) {
        if peek() == UInt8(ascii: "["), peek(1) == UInt8(ascii: ":") {
            try addClass(to: &set)
            // A class does not begin a range.
            if peek() == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]") { throw .malformed }
            return
        }
        let first = try element()
        guard peek() == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]") else {
            set.insert(first)
            return
        }
        position += 1
        let last = try element()
        guard first <= last else { throw .malformed }
        for byte in first...last { set.insert(byte) }
    }

    /// A character that stands for itself, as a capital.
    private mutating func element() throws(EmailPattern.Refusal) -> UInt8 {
        guard let byte = peek() else { throw .malformed }
        if byte == UInt8(ascii: "\\") { throw .escapeInBrackets }
        if byte == UInt8(ascii: "["), let next = peek(1), ".=:".utf8.contains(next) { throw .malformed }
        position += 1
        return byte.asciiUppercased
    }

    private mutating func addClass(to set: inout ByteSet) throws(EmailPattern.Refusal) {
        position += 2
        let name = text[position...].prefix { $0 != UInt8(ascii: ":") }
        position += name.count + 1
        guard skip("]"), let members = ByteSet(characterClass: Array(name)) else { throw .malformed }
        set.formUnion(members)
    }
}
