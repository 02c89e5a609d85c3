import Foundation
import Testing

@testable import postern

/// Settings that are read under a former name too.
extension Integration {
    struct RenamedSettingTests {
        private static let length = Setting(
            "POSTERN_LENGTH", formerly: "POSTERN_SIZE", Settings.integer(in: 0...9), default: "1", reloads: false,
            "0 to 9.")

        private func source(_ variables: [String: String], file: String = "") throws -> SettingsSource {
            let folder = try ScratchFolder()
            let path = folder.path("postern.env")
            try file.write(toFile: path, atomically: true, encoding: .utf8)
            return SettingsSource(environment: variables.merging(["POSTERN_CONFIG": path]) { $1 })
        }

        @Test(arguments: [
            ([:], 1, ""), (["POSTERN_LENGTH": "2"], 2, ""), (["POSTERN_SIZE": "3"], 3, "rename it"),
            (["POSTERN_LENGTH": "4", "POSTERN_SIZE": "4"], 4, "which is set too: remove POSTERN_SIZE"),
            (["POSTERN_LENGTH": "5", "POSTERN_SIZE": "6"], 5, "POSTERN_LENGTH=5 counts; remove POSTERN_SIZE=6"),
        ])
        func `the present name counts, and the former one is warned about`(
            variables: [String: String], value: Int, warning: String
        ) throws {
            var source = try source(variables)
            #expect(source.value(Self.length) == value)
            source.refuseUnknown()
            #expect(source.faults == [])
            #expect(source.warnings.count == (warning.isEmpty ? 0 : 1))
            #expect(source.warnings.allSatisfy { $0.contains(warning) })
            #expect(source.settings.map(\.key) == ["POSTERN_LENGTH"])
        }

        @Test func `the present name in the file goes before the former one in the environment`() throws {
            var source = try source(["POSTERN_SIZE": "3"], file: "POSTERN_LENGTH=2\n")
            #expect(source.value(Self.length) == 2)
            #expect(source.settings.first?.origin.hasSuffix("postern.env") == true)
            #expect(source.warnings.count == 1)
        }

        @Test func `a fault names the setting as it is written`() throws {
            var source = try source(["POSTERN_SIZE": "ten"])
            #expect(source.value(Self.length) == 1)
            #expect(source.faults == ["POSTERN_SIZE=ten is not a number from 0 to 9"])
        }

        @Test func `every default is valid, and no name stands for two settings`() throws {
            var source = try source([:])
            let settings = Settings(&source)
            #expect(source.faults == [])
            #expect(Set(settings.read.map(\.key)).count == settings.read.count && settings.read.count > 20)
        }

        @Test func `check and the log warn of a former name, whose value is used`() throws {
            let deployment = try Deployment(serves: false, settings: ["POSTERN_HASH_LINE": "7"])
            let check = try deployment.postern(["check"])
            #expect(check.status == 0)
            #expect(check.text.contains("POSTERN_HASH_QUEUE=7  (environment)"))
            #expect(check.text.contains("warning: POSTERN_HASH_LINE is now named POSTERN_HASH_QUEUE"))
            try deployment.serve()
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            #expect(log.contains(/warning .*settings: POSTERN_HASH_LINE is now named POSTERN_HASH_QUEUE/))
        }
    }
}
