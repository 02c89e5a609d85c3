import Cryptography
import Foundation
import Glibc
import Identity
import System

/// What commands read and write.
enum Terminal {
    /// Writes a line, or what has another end, to standard output.
    ///
    /// - Throws: `CommandFailure.Code.ioError`, without words where whoever read the output has gone.
    static func print(_ line: String, terminator: String = "\n") throws(CommandFailure) {
        let code = write("\(line)\(terminator)", to: STDOUT_FILENO)
        guard code != 0 else { return }
        throw CommandFailure(
            .ioError, code == EPIPE ? [] : ["standard output: \(unsafe String(cString: strerror(code)))"])
    }

    /// Writes a line for people to standard error, if it can be written.
    static func note(_ line: String) {
        _ = write("\(line)\n", to: STDERR_FILENO)
    }

    /// - Returns: 0, or the `errno` of what went wrong.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { return errno }
            rest = rest.dropFirst(max(count, 0))
        }
        return 0
    }

    /// Whether somebody can be asked.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks a question on the terminal.
    ///
    /// - Returns: whether the answer is `yes`, in full.
    static func isYes(_ question: String) -> Bool {
        _ = write("\(question) Type yes: ", to: STDERR_FILENO)
        return line() == Array("yes".utf8)
    }

    /// Asks for a new password: twice and without echo on a terminal, else one line of standard input.
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

    /// Asks for a secret that is no password: without echo on a terminal, else one line of standard input, without the white
    /// space around it.
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
        // Without signals from the keyboard, since one would leave the terminal without echo.
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

    /// What Ctrl-C types.
    private static let interrupt: UInt8 = 3

    /// The bytes of a line of standard input up to its end, read one by one so that no buffer keeps them.
    ///
    /// - Parameter last: a byte that ends the line too, and is kept.
    private static func line(until last: UInt8? = nil) -> [UInt8] {
        // Longer than any password that is accepted, however it is composed.
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
