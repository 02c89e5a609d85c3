/// The automaton of a regular expression (Thompson's construction), with at most `PatternParser.maximumStates` states.
struct PatternProgram {
    /// A state. Its numbers refer to other states, or to a set of bytes.
    private enum State {
        /// Consumes a byte of the set, and continues with the next state.
        case bytes(UInt16)
        case fork(UInt16, UInt16)
        case jump(UInt16)
        case start
        case end
        case match
    }

    private var states: [State] = []
    private let sets: [ByteSet]

    /// Creates the automaton of an expression.
    init(_ tree: PatternParser.Tree) {
        sets = tree.sets
        append(tree.node)
        states.append(.match)
    }

    /// The number of states.
    var stateCount: Int { states.count }

    private var next: UInt16 { UInt16(states.count) }

    private mutating func append(_ node: PatternParser.Node) {
        switch node {
        case .empty: break
        case .bytes(let set): states.append(.bytes(UInt16(set)))
        case .start: states.append(.start)
        case .end: states.append(.end)
        case .sequence(let nodes): for node in nodes { append(node) }
        case .choice(let nodes): append(choice: nodes)
        case .repeated(let node, let least, let most): append(node, least, most)
        }
    }

    private mutating func append(choice nodes: [PatternParser.Node]) {
        var jumps: [Int] = []
        for node in nodes.dropLast() {
            let fork = reserve()
            append(node)
            jumps.append(reserve())
            states[fork] = .fork(UInt16(fork + 1), next)
        }
        if let last = nodes.last { append(last) }
        for jump in jumps { states[jump] = .jump(next) }
    }

    private mutating func append(_ node: PatternParser.Node, _ least: Int, _ most: Int?) {
        var last = next
        for _ in 0..<least {
            last = next
            append(node)
        }
        guard let most else {
            if least > 0 {
                states.append(.fork(last, next + 1))
            } else {
                let fork = reserve()
                append(node)
                states.append(.jump(UInt16(fork)))
                states[fork] = .fork(UInt16(fork + 1), next)
            }
            return
        }
        let forks = (least..<most).map { _ in
            let fork = reserve()
            append(node)
            return fork
        }
        for fork in forks { states[fork] = .fork(UInt16(fork + 1), next) }
    }

    /// Appends a state to be set later.
    private mutating func reserve() -> Int {
        states.append(.match)
        return states.count - 1
    }

    /// True if a whole text matches, ignoring case.
    func matches(_ text: String.UTF8View) -> Bool {
        let length = text.count
        var run = Run(states: states.count)
        enter(0, at: 0, of: length, &run)
        var position = 0
        for byte in text {
            let folded = byte.asciiUppercased
            run.step()
            if run.left.isEmpty { return false }
            position += 1
            for index in run.left.indices {
                let state = run.left[index]
                guard case .bytes(let set) = states[state], sets[Int(set)].contains(folded) else { continue }
                enter(state + 1, at: position, of: length, &run)
            }
        }
        return run.hasMatched
    }

    /// Enters a state, and all that follow without consuming a byte.
    private func enter(_ state: Int, at position: Int, of length: Int, _ run: inout Run) {
        run.pending.append(state)
        while let state = run.pending.popLast() {
            // Each state is visited once a byte, so that loops of empty matches end.
            guard run.visit(state) else { continue }
            switch states[state] {
            case .bytes: run.reached.append(state)
            case .fork(let one, let other):
                run.pending.append(Int(other))
                run.pending.append(Int(one))
            case .jump(let target): run.pending.append(Int(target))
            case .start: if position == 0 { run.pending.append(state + 1) }
            case .end: if position == length { run.pending.append(state + 1) }
            case .match: run.hasMatched = true
            }
        }
    }

    /// The progress of the automaton in a text.
    private struct Run {
        /// The states that consume the next byte.
        var reached: [Int] = []
        /// The states that consume the current byte.
        private(set) var left: [Int] = []
        /// The states still to be entered.
        var pending: [Int] = []
        /// True if the last byte completed a match.
        var hasMatched = false
        /// The step of each state's last visit.
        private var visits: [Int]
        private var current = 0

        init(states: Int) {
            visits = [Int](repeating: -1, count: states)
        }

        /// Begins the next step.
        mutating func step() {
            current += 1
            hasMatched = false
            swap(&left, &reached)
            reached.removeAll(keepingCapacity: true)
        }

        /// - Returns: whether it is the first visit in this step.
        mutating func visit(_ state: Int) -> Bool {
            guard visits[state] != current else { return false }
            visits[state] = current
            return true
        }
    }
}
