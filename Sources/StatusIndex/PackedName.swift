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
        // A byte that is no digit sets its highest bit here: one branch at the end instead of 32.
        var marks: UInt64 = 0
        let first = digits(text, at: 0, and: 4, &marks)
        let second = digits(text, at: 9, and: 14, &marks)
        let third = digits(text, at: 19, and: 24, &marks)
        let fourth = digits(text, at: 28, and: 32, &marks)
        return marks == 0 ? (first << 32 | second, third << 32 | fourth) : nil
    }

    /// What twice four digits say: 32 bits.
    @inline(__always)
    private static func digits(_ text: Span<UInt8>, at one: Int, and other: Int, _ marks: inout UInt64) -> UInt64 {
        var characters: UInt64 = 0
        for offset in 0..<4 {
            characters |= UInt64(text[one + offset]) << UInt64(8 * offset)
            characters |= UInt64(text[other + offset]) << UInt64(8 * offset + 32)
        }
        return value(ofDigits: characters, &marks)
    }

    /// The 32 bits that eight lower-case hexadecimal digits say, the first in the lowest byte; marks what is none.
    @inline(__always)
    private static func value(ofDigits characters: UInt64, _ marks: inout UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // In bytes below 0x80 no sum carries into the next one; the highest bit tells whether a byte reaches a bound.
        let low = characters & (0x7F * ones)
        let reachesZero = low &+ (0x80 - 0x30) * ones
        let passesNine = low &+ (0x80 - 0x3A) * ones
        let reachesA = low &+ (0x80 - 0x61) * ones
        let passesF = low &+ (0x80 - 0x67) * ones
        let isDigit = (reachesZero & ~passesNine) | (reachesA & ~passesF)
        marks |= (characters | ~isDigit) & (0x80 * ones)
        // A letter is 9 more than its lower nibble says.
        let isLetter = reachesA >> 7 & ones
        var nibbles = (characters & (0x0F * ones)) &+ isLetter &* 9
        nibbles = nibbles.byteSwapped
        // Nibbles to bytes, bytes to pairs, pairs to the word.
        nibbles = (nibbles | nibbles >> 4) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles >> 8) & 0x0000_FFFF_0000_FFFF
        return (nibbles | nibbles >> 16) & 0xFFFF_FFFF
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
}
