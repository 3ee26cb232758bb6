/// A moment in UTC, in whole microseconds, of the years 0000 to 9999 that RFC 3339 can write.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX).
    package let microseconds: Int64

    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z.
    package static let bounds: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

    /// - Precondition: within ``bounds``.
    package init(microseconds: Int64) {
        precondition(Self.bounds.contains(microseconds), "a timestamp outside of the years 0000 to 9999")
        self.microseconds = microseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    package var milliseconds: Int64 { Self.floored(microseconds, by: 1000).quotient }

    /// `2026-01-02T03:04:05.678901Z`, always 27 bytes.
    package var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends ``text``.
    package func append(to output: inout [UInt8]) {
        let (seconds, fraction) = Self.floored(microseconds, by: 1_000_000)
        let (days, secondOfDay) = Self.floored(seconds, by: 86400)
        let date = Self.date(daysSince1970: days)
        output.append(addingCapacity: 27) { free in
            Self.appendTwoDigits(date.year / 100, to: &free)
            Self.appendTwoDigits(date.year % 100, to: &free)
            free.append(UInt8(ascii: "-"))
            Self.appendTwoDigits(date.month, to: &free)
            free.append(UInt8(ascii: "-"))
            Self.appendTwoDigits(date.day, to: &free)
            free.append(UInt8(ascii: "T"))
            Self.appendTwoDigits(secondOfDay / 3600, to: &free)
            free.append(UInt8(ascii: ":"))
            Self.appendTwoDigits(secondOfDay / 60 % 60, to: &free)
            free.append(UInt8(ascii: ":"))
            Self.appendTwoDigits(secondOfDay % 60, to: &free)
            free.append(UInt8(ascii: "."))
            Self.appendTwoDigits(fraction / 10000, to: &free)
            Self.appendTwoDigits(fraction / 100 % 100, to: &free)
            Self.appendTwoDigits(fraction % 100, to: &free)
            free.append(UInt8(ascii: "Z"))
        }
    }

    @inline(__always)
    private static func appendTwoDigits(_ number: Int64, to free: inout OutputSpan<UInt8>) {
        let small = UInt32(truncatingIfNeeded: number)
        free.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: small / 10))
        free.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: small % 10))
    }

    /// Division that rounds down, so that moments before 1970 have a positive rest too.
    @inline(__always)
    private static func floored(_ number: Int64, by divisor: Int64) -> (quotient: Int64, rest: Int64) {
        let (quotient, rest) = number.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }

    /// The Gregorian date of a day.
    ///
    /// Counts in eras of 400 years = 146,097 days from 0000-03-01, so that a leap day is the last day of its year
    /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
    /// Worked example: day 0 is day 719,468 since 0000-03-01: era 4, day 135,080 of it, year 369 of it, day 306 of
    /// that year, which is its 11th month, January 1st; 4 * 400 + 369, and 1 because it is January: 1970.
    private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floored(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    /// The inverse of ``date(daysSince1970:)``.
    static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floored(yearFromMarch, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
