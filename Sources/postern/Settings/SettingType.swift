import Cryptography
import FastCGI
import FoundationEssentials
import Identity
import Logging

/// A type of setting: reads its text; `nil` if the text is not valid.
struct SettingType<Value: Sendable>: Sendable {
    let read: @Sendable (String) -> Value?

    init(_ read: @escaping @Sendable (String) -> Value?) { self.read = read }
}

extension SettingType where Value == Bool {
    /// `true` or `false`.
    static var boolean: Self { Self { Bool($0) } }
}

extension SettingType where Value == Int {
    static func integer(in range: ClosedRange<Int>) -> Self {
        Self { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// A number from 1 to 256, or `auto` for the number of processors.
    static var processors: Self {
        Self { text in
            text == "auto"
                ? min(ProcessInfo.processInfo.activeProcessorCount, 256) : Self.integer(in: 1...256).read(text)
        }
    }
}

extension SettingType where Value == Int64 {
    /// A time span, in seconds.
    static func seconds(in range: ClosedRange<Int64>) -> Self {
        Self { text in TimeSpan(text).flatMap { range.contains($0.seconds) ? $0.seconds : nil } }
    }
}

extension SettingType where Value == Int64? {
    /// A time span of a minute or more, in seconds; `nil` for `forever`.
    static var secondsOrForever: Self {
        Self { text in
            if text == "forever" { return .some(nil) }
            return SettingType<Int64>.seconds(in: 60...TimeSpan.maximum).read(text).map { .some($0) }
        }
    }
}

extension SettingType where Value == String {
    static var text: Self { Self { $0 } }

    static var nonemptyText: Self { Self { $0.isEmpty ? nil : $0 } }

    /// A path without a slash at its end; the root is empty.
    static var basePath: Self {
        Self { text in
            if text == "/" { return "" }
            let segments = text.split(separator: "/", omittingEmptySubsequences: false)
            guard segments.count >= 2, segments[0].isEmpty,
                !segments.dropFirst().contains(where: { ["", ".", ".."].contains($0) }),
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"%?#\\\"".utf8.contains($0) })
            else { return nil }
            return text
        }
    }
}

extension SettingType where Value == UInt32 {
    /// The permission bits of a file, octal.
    static var fileMode: Self {
        Self { text in
            guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
            return UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
        }
    }
}

extension SettingType where Value == PasswordScheme {
    /// A scheme that meets OWASP's recommendations, or `auto` for the best one that libcrypto has.
    static var passwordScheme: Self {
        Self { text in
            if text == "auto" { return .preferred }
            return PasswordScheme(setting: text).flatMap { $0.meetsOWASP ? $0 : nil }
        }
    }
}

extension SettingType where Value == ListenAddress {
    static var listenAddress: Self { Self { try? ListenAddress($0) } }
}

extension SettingType where Value == Logger.Level {
    static var logLevel: Self { Self { Logger.Level(rawValue: $0) } }
}

extension SettingType where Value == AuditRetention {
    static var auditRetention: Self { Self { AuditRetention($0) } }
}
