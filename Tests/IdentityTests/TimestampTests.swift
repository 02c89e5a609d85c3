import Foundation
import Testing

@testable import Identity

struct TimestampTests {
    @Test func `a moment is written and read in UTC, to the second`() throws {
        let moment = Timestamp(secondsSince1970: 1_770_559_965)
        #expect("\(moment)" == "2026-02-08T14:12:45Z")
        #expect(Timestamp("2026-02-08T14:12:45Z") == moment)
        #expect("\(Timestamp(secondsSince1970: 0))" == "1970-01-01T00:00:00Z")
    }

    @Test(
        "a moment is read as RFC 3339 has it",
        arguments: [
            ("2026-02-08t14:12:45z", "2026-02-08T14:12:45Z"),
            ("2026-02-08T14:12:45.999999999999Z", "2026-02-08T14:12:45Z"),
            ("2026-02-08T15:12:45+01:00", "2026-02-08T14:12:45Z"),
            ("2026-02-08T00:12:45.5-14:30", "2026-02-08T14:42:45Z"),
            ("2026-02-08T14:12:45-00:00", "2026-02-08T14:12:45Z"),
            ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"), ("2017-01-01T00:59:60.5+01:00", "2017-01-01T00:00:00Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"), ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("0001-01-01T00:00:00+05:00", "0000-12-31T19:00:00Z"), ("1582-10-10T00:00:00Z", "1582-10-10T00:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ])
    func read(_ text: String, _ written: String) throws {
        let moment = try #require(Timestamp(text))
        #expect("\(moment)" == written)
        #expect(Timestamp("\(moment)") == moment)
    }

    @Test(arguments: [
        "", "yesterday", "2026-02-08", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-02-08T24:00:00Z", "2026-02-08T14:60:00Z",
        "2026-02-08T14:12:61Z", "2026-02-08T14:12:60Z", "2026-02-08T23:59:60Z", "2026-02-08T14:12:45",
        "2026-02-08T14:12:45.Z", "2026-02-08T14:12:45,5Z", "2026-02-08T14:12:45+0100", "2026-02-08T14:12:45+24:00",
        "2026-02-08T14:12:45+01:60", "2026-02-08T14:12:45+01", "2026-02-08T14:12:45Z ", " 2026-02-08T14:12:45Z",
        "2026-02-08 14:12:45Z", "26-02-08T14:12:45Z", "02026-02-08T14:12:45Z", "+2026-02-08T14:12:45Z",
        "-026-02-08T14:12:45Z", "2026-2-8T14:12:45Z", "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:60Z", "2026-02-08T14:12:45z+01:00", "２026-02-08T14:12:45Z", "2026-02-08T14:12Z",
    ])
    func `other texts are refused`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `a day is read as its beginning, on request`() {
        #expect(Timestamp(day: "2027-01-31") == Timestamp("2027-01-31T00:00:00Z"))
        for wrong in ["2027-02-29", "2027-1-31", "2027-01-31Z", "2027-01-31T00:00:00Z", ""] {
            #expect(Timestamp(day: wrong) == nil)
        }
    }

    @Test func `every day of a thousand years equals Foundation's`() throws {
        let style = Date.ISO8601FormatStyle()
        for day in stride(from: Int64(-3_000), to: 365_000, by: 1) {
            let seconds = day * 86400 + day.magnitude.secondOfDay
            let date = Date(timeIntervalSince1970: TimeInterval(seconds))
            #expect("\(Timestamp(secondsSince1970: seconds))" == date.formatted(style))
        }
    }

    @Test func `every moment that the store can hold has a text`() {
        for seconds in [Int64.min, .max, -62_167_219_201, 253_402_300_800] {
            #expect("\(Timestamp(secondsSince1970: seconds))".hasSuffix("Z"))
        }
        #expect("\(Timestamp(secondsSince1970: 253_402_300_800))" == "10000-01-01T00:00:00Z")
        #expect("\(Timestamp(secondsSince1970: -62_167_219_201))" == "-0001-12-31T23:59:59Z")
    }
}

extension UInt64 {
    /// An arbitrary second of a day.
    fileprivate var secondOfDay: Int64 { Int64(self &* 7919 % 86400) }
}
