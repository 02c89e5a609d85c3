import Testing

@testable import Identity

struct ForeignMomentTests {
    @Test(arguments: [
        "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.678Z", "2024-01-02 03:04:05", "2024-01-02 03:04:05.678901",
        "2024-01-02 03:04:05 UTC", "2024-01-02 05:04:05+02", "2024-01-02 05:04:05.678901+0200",
        "2024-01-02T05:04:05.678+02:00", "2024-01-02 03:04:05 +0000", "2024-01-02T03:04:05",
    ])
    func `a moment is read as databases write it`(_ text: String) {
        #expect(Timestamp(ofDatabase: text)?.description == "2024-01-02T03:04:05Z")
    }

    @Test(arguments: [
        "", "2024-01-02", "2024-01-02 03:04", "0000-00-00 00:00:00", "2024-02-30 00:00:00", "2024-01-02 03:04:05.",
        "2024-01-02 03:04:05 CET", "2024-01-02 03:04:05+2", "2024-01-02 03:04:05.5x", "20240102030405Z",
    ])
    func `what is not a moment is none`(_ text: String) {
        #expect(Timestamp(ofDatabase: text) == nil)
    }

    @Test func `milliseconds and generalized times are moments`() {
        #expect(Timestamp(milliseconds: "1704164645678")?.description == "2024-01-02T03:04:05Z")
        for text in ["", "x", "01", "+1", "9999999999999999", "-99999999999999999", "1e3"] {
            #expect(Timestamp(milliseconds: text) == nil)
        }
        #expect(Timestamp(generalized: "20240102030405Z")?.description == "2024-01-02T03:04:05Z")
        #expect(Timestamp(generalized: "20240102030405.678901Z")?.description == "2024-01-02T03:04:05Z")
        for text in ["20240102030405", "20240102030405+0100", "2024010203Z", "20240132030405Z", "", "Z"] {
            #expect(Timestamp(generalized: text) == nil)
        }
    }
}
