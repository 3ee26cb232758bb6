/// Moments as they stand in `credentials.json` and in answers: RFC 3339, whole seconds, UTC.
package enum CalendarTime {
    /// 9999-12-31T23:59:59Z: beyond it there is no four-digit year.
    package static let secondsLimit: Int64 = 253_402_300_799

    /// `2026-01-02T03:04:05Z`
    ///
    /// - Precondition: 0...``secondsLimit``
    package static func format(_ seconds: Int64) -> String {
        precondition((0...secondsLimit).contains(seconds), "a moment without a four-digit year")
        let (year, month, day) = date(daysSinceEpoch: Int(seconds / 86_400))
        let second = Int(seconds % 86_400)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(second / 3600, 2) + ":"
            + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2) + "Z"
    }

    /// Seconds since 1970 of an RFC 3339 §5.6 date-time from then on, any offset; a fraction is dropped.
    package static func parse(_ text: String) -> Int64? {
        var scanner = DigitScanner(Array(text.utf8))
        guard text.utf8.count <= 64, let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2),
            scanner.take("-"), let day = scanner.number(2), scanner.take("T"), let hour = scanner.number(2),
            scanner.take(":"), let minute = scanner.number(2), scanner.take(":"), let second = scanner.number(2),
            scanner.takeFraction(), let offset = scanner.offsetSeconds(), scanner.isAtEnd
        else { return nil }
        guard (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60 else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        // 30 February is 2 March to the algorithm, and a mistake to us.
        guard date(daysSinceEpoch: days) == (year, month, day) else { return nil }
        let seconds = Int64(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
        return (0...secondsLimit).contains(seconds) ? seconds : nil
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that leap days end them.
    private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// Reads the fixed fields of a date-time.
private struct DigitScanner {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(_ digitsCount: Int) -> Int? {
        guard rest.count >= digitsCount, rest.prefix(digitsCount).allSatisfy(Self.isDigit) else { return nil }
        let value = rest.prefix(digitsCount).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        rest = rest.dropFirst(digitsCount)
        return value
    }

    /// A letter may be of either case (RFC 3339 §5.6).
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        let byte = UInt8(ascii: character)
        guard let first = rest.first, first == byte || character.properties.isAlphabetic && first == byte | 0x20 else {
            return false
        }
        rest = rest.dropFirst()
        return true
    }

    /// Nothing, or a point and digits; false for a point without.
    mutating func takeFraction() -> Bool {
        guard take(".") else { return true }
        let digits = rest.prefix(while: Self.isDigit)
        rest = rest.dropFirst(digits.count)
        return !digits.isEmpty
    }

    /// `Z` or `+02:00`
    mutating func offsetSeconds() -> Int? {
        if take("Z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
