/// A parser of regular expressions. It refuses an expression whose automaton would be too large before any of it is built.
struct PatternParser {
    /// The maximum number of states of an automaton.
    static let maximumStates = 2000
    /// The maximum depth of nested groups: each takes some frames of a stack that may be small.
    static let maximumDepth = 16
    /// The maximum count of a repetition: POSIX's RE_DUP_MAX, and no address is longer.
    static let maximumCount = 255
    /// The maximum height of a tree: four levels for each group, and repetitions of repetitions.
    private static let maximumHeight = 4 * maximumDepth + 16

    /// A part of an expression.
    indirect enum Node {
        case empty
        /// One byte of the set with this number.
        case bytes(Int)
        /// The start of the text.
        case start
        /// The end of the text.
        case end
        case sequence([Node])
        case choice([Node])
        /// A repetition, without upper bound if `most` is `nil`.
        case repeated(Node, least: Int, most: Int?)
    }

    /// A parsed expression.
    struct Tree {
        let node: Node
        /// The sets of bytes that nodes refer to by number.
        let sets: [ByteSet]
    }

    /// A node with its number of states and height.
    private struct Part {
        var node: Node
        var states: Int
        var height: Int
    }

    let text: [UInt8]
    var position = 0
    private var depth = 0
    private var sets: [ByteSet] = []

    private init(_ text: [UInt8]) {
        self.text = text
    }

    /// Parses an expression.
    static func parse(_ text: [UInt8]) throws(EmailPattern.Fault) -> Tree {
        var parser = PatternParser(text)
        let part = try parser.choice()
        // Only an unmatched closing parenthesis can be left.
        guard parser.position == text.count else { throw .malformed }
        return Tree(node: part.node, sets: parser.sets)
    }

    private mutating func choice() throws(EmailPattern.Fault) -> Part {
        var branches = [try sequence()]
        while skip("|") { branches.append(try sequence()) }
        if branches.count == 1 { return branches[0] }
        // A fork before each branch but the last, and a jump after it.
        return try part(.choice(branches.map(\.node)), of: branches, more: 2 * (branches.count - 1))
    }

    private mutating func sequence() throws(EmailPattern.Fault) -> Part {
        var pieces: [Part] = []
        while let byte = peek(), byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            var piece = try atom(byte)
            while let (least, most) = try count() { piece = try repeated(piece, least, most) }
            // A piece without states matches only the empty text. Nothing would bound the number of such pieces.
            if piece.states > 0 { pieces.append(piece) }
        }
        return try part(.sequence(pieces.map(\.node)), of: pieces, more: 0)
    }

    private mutating func atom(_ byte: UInt8) throws(EmailPattern.Fault) -> Part {
        position += 1
        switch byte {
        case UInt8(ascii: "("): return try group()
        case UInt8(ascii: "."): return bytes(.all)
        case UInt8(ascii: "["): return bytes(try brackets())
        case UInt8(ascii: "\\"): return bytes(try escaped())
        case UInt8(ascii: "^"): return try anchor(.start)
        case UInt8(ascii: "$"): return try anchor(.end)
        // Nothing precedes that could be repeated.
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): throw .malformed
        default: return bytes(Self.set(of: byte))
        }
    }

    private mutating func group() throws(EmailPattern.Fault) -> Part {
        depth += 1
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        let part = try choice()
        guard skip(")") else { throw .malformed }
        depth -= 1
        return part
    }

    /// An anchor, which nothing may repeat.
    private func anchor(_ node: Node) throws(EmailPattern.Fault) -> Part {
        if let next = peek(), "*+?{".utf8.contains(next) { throw .malformed }
        return Part(node: node, states: 1, height: 1)
    }

    private mutating func escaped() throws(EmailPattern.Fault) -> ByteSet {
        guard let byte = peek() else { throw .malformed }
        switch byte {
        case UInt8(ascii: "1")...UInt8(ascii: "9"): throw .backReference
        // These include GNU's signs for the boundaries of words and of the text.
        case _ where byte.isASCIILetter || "0<>'`".utf8.contains(byte): throw .escapedLetter
        default: position += 1
        }
        return Self.set(of: byte)
    }

    /// The set of one byte, in upper case like the text.
    private static func set(of byte: UInt8) -> ByteSet {
        var set = ByteSet()
        set.insert(byte.asciiUppercased)
        return set
    }

    private mutating func bytes(_ set: ByteSet) -> Part {
        sets.append(set)
        return Part(node: .bytes(sets.count - 1), states: 1, height: 1)
    }

    private func repeated(_ part: Part, _ least: Int, _ most: Int?) throws(EmailPattern.Fault) -> Part {
        // A part without states matches only the empty text. Copies would take time, with no states to bound them.
        guard part.states > 0 else { return part }
        // The states of `PatternProgram.append`; both factors are bounded, so nothing overflows.
        let rest =
            if let most { (most - least) * (part.states + 1) } else if least == 0 { part.states + 2 } else { 1 }
        return try self.part(
            .repeated(part.node, least: least, most: most), of: [part], more: (least - 1) * part.states + rest)
    }

    private func part(_ node: Node, of parts: [Part], more states: Int) throws(EmailPattern.Fault) -> Part {
        let part = Part(
            node: node, states: parts.reduce(states) { $0 + $1.states },
            height: 1 + (parts.map(\.height).max() ?? 0))
        guard part.states <= Self.maximumStates else { throw .tooLarge }
        guard part.height <= Self.maximumHeight else { throw .tooDeep }
        return part
    }

    func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < text.count ? text[position + distance] : nil
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}
