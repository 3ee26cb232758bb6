/// A cid, event id or execution id in the form the index stores it.
///
/// | name | stored as | bytes |
/// |---|---|---|
/// | UUID version 7 in lower case, of a time since 2004-11-03 | BLOB, its 128 bits | 16 |
/// | any other UUID in lower case | BLOB, 0x00 and its 128 bits | 17 |
/// | anything else | TEXT, as it is | as many |
///
/// Names made one after the other are neighbours in the first form and scattered in the others. SQLite sorts every
/// TEXT before every BLOB and BLOBs by their bytes, so `name >= x'01'` is true of the first form and of no other (the
/// millisecond count of a later UUIDv7 starts with a byte of at least 0x01). The schema's indexes build on that.
enum PackedName: Equatable {
    case timeOrdered(UInt64, UInt64)
    case otherUUID(UInt64, UInt64)
    case text(ArraySlice<UInt8>)

    init(_ name: ArraySlice<UInt8>) {
        guard let (high, low) = Self.uuid(name.span) else {
            self = .text(name)
            return
        }
        self.init(high, low)
    }

    /// Of the 128 bits of a UUID.
    init(_ high: UInt64, _ low: UInt64) {
        let isVersion7 = high >> 12 & 0xF == 7
        self = isVersion7 && high >> 56 > 0 ? .timeOrdered(high, low) : .otherUUID(high, low)
    }

    init(_ name: String) {
        self.init(ArraySlice(name.utf8))
    }

    /// The 128 bits of a UUID written as RFC 9562 §4 shows it, in lower case; nil for any other text.
    ///
    /// Upper case is another name: what goes in must come out byte for byte.
    static func uuid(_ text: Span<UInt8>) -> (UInt64, UInt64)? {
        guard text.count == 36,
            text[8] == hyphen, text[13] == hyphen, text[18] == hyphen, text[23] == hyphen
        else { return nil }
        // A byte that is no digit sets high bits here: one branch at the end instead of 32.
        var marks: UInt8 = 0
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<18 where index != 8 && index != 13 {
            let digit = digitValue(text[index])
            marks |= digit
            high = high << 4 | UInt64(digit & 0xF)
        }
        for index in 19..<36 where index != 23 {
            let digit = digitValue(text[index])
            marks |= digit
            low = low << 4 | UInt64(digit & 0xF)
        }
        return marks < 0x10 ? (high, low) : nil
    }

    /// The name whose stored BLOB is `blob`.
    static func text(ofBlob blob: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for byte in blob.suffix(16) {
            if hyphens.contains(text.count) { text.append(hyphen) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0xF)])
        }
        return text
    }

    private static let hyphen = UInt8(ascii: "-")
    private static let hyphens = [8, 13, 18, 23]
    private static let digits = Array("0123456789abcdef".utf8)

    /// 0 to 15, or 0xFF for a byte that is no lower-case hexadecimal digit.
    @inline(__always)
    private static func digitValue(_ byte: UInt8) -> UInt8 {
        let decimal = byte &- UInt8(ascii: "0")
        if decimal < 10 { return decimal }
        let letter = byte &- UInt8(ascii: "a")
        return letter < 6 ? letter + 10 : 0xFF
    }
}
