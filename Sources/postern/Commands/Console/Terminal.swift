import Cryptography
import Glibc
import Identity
import System

/// The input and output of commands.
enum Terminal {
    /// Writes a line to standard output.
    ///
    /// - Throws: `CommandFailure.Code.ioError`; without a message if the reader of the output has gone (EPIPE).
    static func print(_ line: String, terminator: String = "\n") throws(CommandFailure) {
        let code = write("\(line)\(terminator)", to: STDOUT_FILENO)
        guard code != 0 else { return }
        throw CommandFailure(
            .ioError, code == EPIPE ? [] : ["standard output: \(errorText(code))"])
    }

    /// Writes a line for people to standard error; a failure is ignored.
    static func note(_ line: String) {
        _ = write("\(line)\n", to: STDERR_FILENO)
    }

    /// - Returns: 0, or the `errno` of the failure.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            let code = errno
            if count < 0 && code != EINTR { return code }
            rest = rest.dropFirst(max(count, 0))
        }
        return 0
    }

    /// True if standard input is a terminal, so that an operator can be asked.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks a question on the terminal.
    ///
    /// - Returns: whether the answer is `yes`, spelled out.
    static func isYes(_ question: String) -> Bool {
        _ = write("\(question) Type yes: ", to: STDERR_FILENO)
        return line() == Array("yes".utf8)
    }

    /// Reads a new password: twice and without echo on a terminal, otherwise one line of standard input.
    static func newPassword(of owner: String) throws(CommandFailure) -> Password {
        guard canAsk else { return try password(line(), owner) }
        var first = try hidden("Password of \(owner): ")
        var second = try hidden("Again: ")
        defer { WipedBytes.wipe(&second) }
        guard first == second else {
            WipedBytes.wipe(&first)
            throw CommandFailure(.dataError, "the two passwords differ")
        }
        return try password(first, owner)
    }

    /// Reads a secret other than a password: without echo on a terminal, otherwise one line of standard input; white
    /// space around it is removed.
    static func secret(_ name: String) throws(CommandFailure) -> String {
        var bytes = canAsk ? try hidden("\(name): ") : line()
        defer { WipedBytes.wipe(&bytes) }
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end].drop(while: isSpace), as: UTF8.self)
    }

    private static func password(_ bytes: consuming [UInt8], _ owner: String) throws(CommandFailure) -> Password {
        guard !bytes.isEmpty else {
            throw CommandFailure(.dataError, "the password of \(owner) is expected on standard input, as one line")
        }
        guard (try? UTF8Span(validating: bytes.span)) != nil else {
            throw CommandFailure(.dataError, "the password is not UTF-8")
        }
        return Password(utf8: bytes)
    }

    private static func hidden(_ prompt: String) throws(CommandFailure) -> [UInt8] {
        _ = write(prompt, to: STDERR_FILENO)
        var old = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &old) == 0 else {
            throw CommandFailure(.software, "the terminal's echo cannot be switched off")
        }
        var silent = old
        // No signals from the keyboard: one would end the process and leave the terminal without echo.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &old)
            note("")
        }
        var bytes = line(until: interrupt)
        guard bytes.last != interrupt else {
            WipedBytes.wipe(&bytes)
            throw CommandFailure(.dataError, "interrupted")
        }
        return bytes
    }

    /// The byte that Ctrl-C types.
    private static let interrupt: UInt8 = 3

    /// A line of standard input, read byte by byte so that no buffer keeps a secret.
    ///
    /// - Parameter last: a byte that ends the line too, and is part of it.
    private static func line(until last: UInt8? = nil) -> [UInt8] {
        // Longer than any valid password, whatever its Unicode composition.
        let limit = 64 * PasswordPolicy.maximumLength
        var bytes: [UInt8] = []
        bytes.reserveCapacity(limit)
        var byte: UInt8 = 0
        while bytes.count < limit, unsafe read(STDIN_FILENO, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
            bytes.append(byte)
            if byte == last { break }
        }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }
}
