import Foundation
import Glibc
import Identity
import Logging
import TestSupport
import Testing

@testable import postern

extension Integration {
    /// The lines of the log, as text and as JSON, for a file and for the journal.
    struct LogFormatTests {
        private static let clock = WallClock { Timestamp(secondsSince1970: 1_770_559_965) }

        private func line(
            _ event: String, _ fields: Logger.Metadata = [:], _ level: Logger.Level = .info,
            _ style: LogFormat.Style = .text, isForJournal: Bool = false
        ) -> String {
            let format = LogFormat(style, isForJournal: isForJournal, clock: Self.clock)
            return String(decoding: format.line(level, event, fields), as: UTF8.self)
        }

        /// The fields of a line of text, as any reader of logfmt finds them.
        private func fields(_ line: String) throws -> [(name: String, value: String)] {
            try line.matches(of: /\ (\w+)=("(?:[^"\\]|\\.)*"|[^ \n"]+)/).map { match in
                guard match.2.hasPrefix("\"") else { return (String(match.1), String(match.2)) }
                let value = try JSONSerialization.jsonObject(with: Data(match.2.utf8), options: .fragmentsAllowed)
                return (String(match.1), try #require(value as? String))
            }
        }

        @Test func `a line has time, level and event, and then its fields in their order`() {
            let fields: Logger.Metadata = [
                "id": "req_1", "path": "/a b", "client": "192.0.2.1", "status": .stringConvertible(401), "ms": "0.1",
                "zebra": "z", "code": "invalid_token", "antelope": "a", "reason": "expired", "method": "GET",
            ]
            for _ in 0..<20 {
                #expect(
                    line("request", fields)
                        == "2026-02-08T14:12:45Z info: request status=401 code=invalid_token reason=expired "
                        + "client=192.0.2.1 method=GET path=\"/a b\" ms=0.1 id=req_1 antelope=a zebra=z\n")
                #expect(
                    line("request", fields, .info, .json)
                        == #"{"time":"2026-02-08T14:12:45Z","level":"info","event":"request","status":401,"#
                        + #""code":"invalid_token","reason":"expired","client":"192.0.2.1","method":"GET","#
                        + #""path":"/a b","ms":0.1,"id":"req_1","antelope":"a","zebra":"z"}"# + "\n")
            }
        }

        @Test(arguments: [
            (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
        ])
        func `for the journal a line begins with its priority, and a text has no time`(
            _ level: Logger.Level, _ priority: Int
        ) {
            #expect(
                line("store: no", ["id": "r"], level, isForJournal: true) == "<\(priority)>\(level): store: no id=r\n")
            #expect(
                line("e", [:], level, .json, isForJournal: true)
                    == #"<\#(priority)>{"time":"2026-02-08T14:12:45Z","level":"\#(level)","event":"e"}"# + "\n")
        }

        @Test(arguments: [
            "", " ", "a b", "a=b", "\"", "\\", "\\\"", "x\" client=\"1", "\n", "a\r\nb", "\u{0}", "\u{1B}[2J", "\u{7F}",
            "\u{85}", "\u{9B}2J", "\u{2028}", "\u{2029}", "\u{202E}gnp", "\u{200B}", "\u{FEFF}", "é", "日本", "🦁",
            "\u{E000}", "\u{10FFFF}", "e\u{301}\u{301}", "x\n<3>error: forged client=203.0.113.66",
        ])
        func `no value begins another line or another field, and each can be read back`(_ value: String) throws {
            let given: Logger.Metadata = ["path": .string(value), "id": "r", "status": .string(value)]
            let text = line("request", given)
            let (time, rest) = (text.prefix(20), text.dropFirst(20))
            #expect(time == "2026-02-08T14:12:45Z" && rest.hasPrefix(" info: request status="))
            let read = try fields(text)
            #expect(read.map(\.name) == ["status", "path", "id"])
            #expect(read.map { Array($0.value.utf8) } == [value, value, "r"].map { Array($0.utf8) })
            let json = line("request", given, .info, .json)
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
            #expect((object["path"] as? String).map { Array($0.utf8) } == Array(value.utf8))
            #expect(object["status"] as? String == value && object["event"] as? String == "request")
            for line in [text, json] {
                #expect(line.hasSuffix("\n") && line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
                // Characters that a terminal would obey, or not show.
                let kinds: [Unicode.GeneralCategory] = [.control, .format, .lineSeparator, .paragraphSeparator]
                let hidden = line.unicodeScalars.dropLast().filter { kinds.contains($0.properties.generalCategory) }
                #expect(hidden.isEmpty)
            }
        }

        @Test func `an event is one line too`() throws {
            #expect(
                line("could not\n<3>error: \u{9B} \"é\"")
                    == "2026-02-08T14:12:45Z info: could not\\u000a<3>error: \\u009b \"é\"\n")
            let json = line("a\n\"b\"", [:], .info, .json)
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
            #expect(object["event"] as? String == "a\n\"b\"")
        }

        @Test(arguments: [
            ("0", true), ("204", true), ("0.1", true), ("261.3", true), ("", false), (".1", false), ("1.", false),
            ("01", false), ("-1", false), ("1e3", false), ("NaN", false), ("1.2.3", false), ("٣", false),
        ])
        func `a number in JSON is one by its grammar`(_ value: String, _ isNumber: Bool) throws {
            let json = line("request", ["ms": .string(value), "id": .string(value)], .info, .json)
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
            #expect((object["ms"] is NSNumber) == isNumber)
            #expect(object["id"] as? String == value)
        }

        @Test func `only the journal's own stream is taken for the journal`() throws {
            let folder = try ScratchFolder()
            let descriptor = unsafe open(folder.path("stream"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(descriptor) }
            var information = stat()
            #expect(unsafe fstat(descriptor, &information) == 0)
            let own = "\(information.st_dev):\(information.st_ino)"
            #expect(Journal.reads(descriptor, ["JOURNAL_STREAM": own]))
            for other in ["\(information.st_dev):\(information.st_ino + 1)", "", own + "0", "x"] {
                #expect(!Journal.reads(descriptor, ["JOURNAL_STREAM": other]))
            }
            #expect(!Journal.reads(descriptor, [:]))
            #expect(!Journal.reads(-1, ["JOURNAL_STREAM": own]))
        }

        /// Runs the program with its standard error as if that were the journal's stream.
        private static let journal = ["sh", "-c", "JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec \"$@\"", "sh"]

        @Test func `a responder writes for the journal, and a failed start is an error there`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.startResponder(by: Self.journal)
            func isReady() throws -> Bool {
                try deployment.request("GET", "/health/ready", bearer: "", by: .responder).status == 200
            }
            for _ in 0..<200 where try !isReady() { usleep(50_000) }
            #expect(try deployment.request("GET", "/auth/session", bearer: "x", by: .responder).status == 401)
            #expect(deployment.stopResponder() == 0)
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            #expect(log.contains(/(?m)^<5>notice: serving listen=/))
            #expect(log.contains(/(?m)^<6>info: request status=401 code=invalid_token reason=malformed client=/))
            #expect(log.split(separator: "\n").allSatisfy { $0.contains(/^<[3-6]>/) })
            #expect(!log.contains(/\d{4}-\d\d-\d\dT/))

            let words = Self.journal.dropFirst() + [Paths.binary, "serve"]
            let failed = try run(
                Self.journal[0], Array(words),
                environment: deployment.environment.merging(["POSTERN_WORKERS": "many"]) { $1 })
            #expect(failed.status == 78)
            #expect(failed.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("<3>postern: ") })
            #expect(failed.errors.contains("POSTERN_WORKERS=many"))
        }

        @Test func `a CGI run writes one line of JSON, whatever the request`() throws {
            let deployment = try Deployment(serves: false)
            let forged = "\",\"level\":\"error\n{\"event\":\"login failed\"} client=203.0.113.66"
            let outcome = try deployment.postern(
                [],
                environment: [
                    "REQUEST_METHOD": "GET", "REQUEST_URI": "/\(forged)", "REMOTE_ADDR": "192.0.2.1",
                    "HTTP_USER_AGENT": forged, "HTTP_X_REQUEST_ID": forged, "POSTERN_LOG_FORMAT": "json",
                ])
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.count == 1)
            let object = try JSONSerialization.jsonObject(with: Data(outcome.errors.utf8)) as? [String: Any] ?? [:]
            #expect(object["path"] as? String == "/\(forged)")
            #expect(object["client"] as? String == "192.0.2.1" && object["level"] as? String == "info")
            #expect(object["status"] as? Int == 404 && object["ms"] is NSNumber)
        }
    }
}
