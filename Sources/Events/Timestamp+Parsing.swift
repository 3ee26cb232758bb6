extension Timestamp {
    /// Reads a date and time of RFC 3339 §5.6; `nil` if it is not one.
    ///
    /// Strict: the offset is required, every field must be in its range, nothing may stand around it. `t` and `z` are
    /// taken for `T` and `Z`, as the RFC's grammar does. Digits below a microsecond are dropped. A leap second is taken
    /// where there can be one, in the last minute of a month in UTC, and becomes the last microsecond before the next
    /// day: POSIX time has no number for it, and the order of moments must hold.
    package init?(rfc3339 text: String) {
        self.init(rfc3339: ArraySlice(text.utf8))
    }

    /// Reads the same from bytes.
    package init?(rfc3339 text: ArraySlice<UInt8>) {
        if let ours = Timestamp(ownForm: text.span) {
            self = ours
            return
        }
        var reader = Reader(text)
        guard text.count <= 64,
            let year = reader.number(4), reader.takes("-"), let month = reader.number(2), reader.takes("-"),
            let day = reader.number(2), reader.takes("T") || reader.takes("t"),
            let hour = reader.number(2), reader.takes(":"), let minute = reader.number(2), reader.takes(":"),
            let second = reader.number(2), let fraction = reader.fraction(), let offset = reader.offsetMinutes(),
            reader.isAtEnd,
            (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }

        let isLeapSecond = second == 60
        let days = Self.daysSince1970(year: year, month: month, day: day)
        let seconds = days * 86400 + hour * 3600 + (minute - offset) * 60 + (isLeapSecond ? 59 : second)
        let microseconds = seconds * 1_000_000 + (isLeapSecond ? 999_999 : fraction)
        guard Self.bounds.contains(microseconds) else { return nil }
        self.init(microseconds: microseconds)
        if isLeapSecond {
            // 2016-12-31T23:59:60Z is one, 2016-12-30T23:59:60Z cannot be: the next second must begin a month.
            guard Self.bounds.contains(microseconds + 1) else { return }
            guard Timestamp(microseconds: microseconds + 1).text.hasSuffix("-01T00:00:00.000000Z") else { return nil }
        }
    }

    /// Reads the 27 bytes that ``text`` is, without a look at what else RFC 3339 allows: most that we read, we wrote.
    private init?(ownForm text: Span<UInt8>) {
        guard text.count == 27, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T"),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"), text[19] == UInt8(ascii: "."),
            text[26] == UInt8(ascii: "Z")
        else { return nil }
        // One branch at the end instead of twenty.
        var largestDigit: UInt8 = 0
        let year = Self.number(text, 0..<4, &largestDigit)
        let (month, day) = (Self.number(text, 5..<7, &largestDigit), Self.number(text, 8..<10, &largestDigit))
        let (hour, minute) = (Self.number(text, 11..<13, &largestDigit), Self.number(text, 14..<16, &largestDigit))
        let (second, fraction) = (Self.number(text, 17..<19, &largestDigit), Self.number(text, 20..<26, &largestDigit))
        guard largestDigit <= 9, (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year),
            hour <= 23, minute <= 59, second <= 59
        else { return nil }
        let seconds =
            Self.daysSince1970(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 + second
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    @inline(__always)
    private static func number(_ text: Span<UInt8>, _ places: Range<Int>, _ largestDigit: inout UInt8) -> Int64 {
        var number: Int64 = 0
        for place in places {
            let digit = text[place] &- UInt8(ascii: "0")
            largestDigit = max(largestDigit, digit)
            number = number &* 10 &+ Int64(digit)
        }
        return number
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private struct Reader {
        private let text: ArraySlice<UInt8>
        private var position: Int

        init(_ text: ArraySlice<UInt8>) {
            self.text = text
            position = text.startIndex
        }

        var isAtEnd: Bool { position == text.endIndex }

        mutating func takes(_ character: Unicode.Scalar) -> Bool {
            guard position < text.endIndex, text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func digit() -> Int64? {
            guard position < text.endIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) else {
                return nil
            }
            position += 1
            return Int64(text[position - 1] - UInt8(ascii: "0"))
        }

        mutating func number(_ digits: Int) -> Int64? {
            var number: Int64 = 0
            for _ in 0..<digits {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        /// Microseconds: 0 if there is no fraction, `nil` for a point without digits.
        mutating func fraction() -> Int64? {
            guard takes(".") else { return 0 }
            guard var microseconds = digit() else { return nil }
            var digits = 1
            while let digit = digit() {
                if digits < 6 {
                    microseconds = microseconds * 10 + digit
                    digits += 1
                }
            }
            while digits < 6 {
                microseconds *= 10
                digits += 1
            }
            return microseconds
        }

        /// `Z`, `+02:00`, `-08:00`; `-00:00` is UTC too, of a place that is not known (RFC 3339 §4.3).
        mutating func offsetMinutes() -> Int64? {
            if takes("Z") || takes("z") { return 0 }
            let isNegative = takes("-")
            guard isNegative || takes("+") else { return nil }
            guard let hours = number(2), takes(":"), let minutes = number(2), hours <= 23, minutes <= 59 else {
                return nil
            }
            return (isNegative ? -1 : 1) * (hours * 60 + minutes)
        }
    }
}
