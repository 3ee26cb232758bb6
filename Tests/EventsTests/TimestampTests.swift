import Events
import Testing

struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (1_767_323_045_678_901, "2026-01-02T03:04:05.678901Z"),
        (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        (Timestamp.bounds.lowerBound, "0000-01-01T00:00:00.000000Z"),
        (Timestamp.bounds.upperBound, "9999-12-31T23:59:59.999999Z"),
    ])
    func `A moment is written to the microsecond and read back`(microseconds: Int64, text: String) {
        let timestamp = Timestamp(microseconds: microseconds)
        #expect(timestamp.text == text)
        #expect(Timestamp(rfc3339: text) == timestamp)
    }

    @Test func `Every day from 1600 to 2400 follows the day before`() {
        var (year, month, day) = (1600, 1, 1)
        var microseconds: Int64 = -11_676_096_000_000_000
        while year < 2400 {
            let text = Timestamp(microseconds: microseconds).text
            let expected = [year, month, day].map { ($0 < 10 ? "0" : "") + String($0) }.joined(separator: "-")
            if text != expected + "T00:00:00.000000Z" {
                Issue.record("\(text) is not \(expected)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let days = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
            day += 1
            if day > days { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
            microseconds += 86_400_000_000
        }
    }

    @Test func `Any moment is read back from its own text`() {
        var random = SeededGenerator()
        for _ in 0..<5000 {
            let timestamp = Timestamp(microseconds: Int64.random(in: Timestamp.bounds, using: &random))
            #expect(Timestamp(rfc3339: timestamp.text) == timestamp)
        }
    }

    @Test func `Text of our own form is read as any other spelling of it is`() {
        var random = SeededGenerator()
        var validCount = 0
        for _ in 0..<20_000 {
            var text = Array("2024-12-29T19:29:59.678901Z".utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                text[index] = Array("0123456789:-TZ/".utf8).randomElement(using: &random) ?? 0
            }
            // A lower-case t means the same and is not of our form.
            let same = text.map { $0 == UInt8(ascii: "T") ? UInt8(ascii: "t") : $0 }
            let timestamp = Timestamp(rfc3339: text[...])
            #expect(timestamp == Timestamp(rfc3339: same[...]), "\(String(decoding: text, as: UTF8.self))")
            validCount += timestamp == nil ? 0 : 1
        }
        #expect(validCount > 1000)
    }

    @Test(arguments: [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05.000000Z"),
        ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.500000Z"),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000000Z"),
        ("2026-01-01T23:30:00-08:45", "2026-01-02T08:15:00.000000Z"),
        ("2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05.000000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
        ("2016-12-31T23:59:60.75Z", "2016-12-31T23:59:59.999999Z"),
        ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59.999999Z"),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999999Z"),
    ])
    func `Offsets, fractions and leap seconds are read`(text: String, expected: String) {
        #expect(Timestamp(rfc3339: text)?.text == expected)
    }

    @Test(arguments: [
        "", "2026", "2026-01-02", "2026-01-02T03:04Z", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z",
        " 2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05Z ", "2026-00-02T03:04:05Z", "2026-13-02T03:04:05Z", "2026-01-00T03:04:05Z",
        "2026-01-32T03:04:05Z", "2026-04-31T03:04:05Z", "2026-02-29T03:04:05Z", "2100-02-29T03:04:05Z",
        "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:60Z",
        "2016-12-31T23:58:60Z", "2016-12-30T23:59:60Z", "2016-12-31T23:59:60+01:00", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05+0200", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+02:60",
        "2026-01-02T03:04:05+2:00", "26-01-02T03:04:05Z", "+2026-01-02T03:04:05Z", "2026-1-2T03:04:05Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-01-02T03:04:05ZZ", "２026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.0000000000000000000000000000000000000000000000000Z",
    ])
    func `Anything else is refused`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `Milliseconds are rounded down on both sides of 1970`() {
        #expect(Timestamp(microseconds: 1999).milliseconds == 1)
        #expect(Timestamp(microseconds: -1).milliseconds == -1)
    }
}
