/// The text of a UUID, in lower case as RFC 9562 §4 shows it: `0198c8a5-1b2c-7d3e-8f40-5162738495a6`.
///
/// Eight digits at a time, because every event has two of them in its line and its row of the index.
package enum UUIDText {
    package static let bytesCount = 36
    private static let hyphen = UInt8(ascii: "-")

    // MARK: - Writing

    package static func append(_ high: UInt64, _ low: UInt64, to output: inout [UInt8]) {
        output.append(addingCapacity: bytesCount) { append(high, low, to: &$0) }
    }

    /// - Precondition: there is room.
    static func append(_ high: UInt64, _ low: UInt64, to free: inout OutputSpan<UInt8>) {
        append(digits(UInt32(high >> 32)), 8, to: &free)
        free.append(hyphen)
        let middle = digits(UInt32(truncatingIfNeeded: high))
        append(middle, 4, to: &free)
        free.append(hyphen)
        append(middle >> 32, 4, to: &free)
        free.append(hyphen)
        let clock = digits(UInt32(low >> 32))
        append(clock, 4, to: &free)
        free.append(hyphen)
        append(clock >> 32, 4, to: &free)
        append(digits(UInt32(truncatingIfNeeded: low)), 8, to: &free)
    }

    /// The eight hexadecimal digits of `word` as characters, the first in the lowest byte.
    private static func digits(_ word: UInt32) -> UInt64 {
        // Each nibble into a byte of its own, first by pairs of bytes, then bytes, then nibbles.
        var spread = UInt64(word)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // 6 carries a nibble from 10 on into the next bit, which then adds the way from "9" to "a".
        let isLetter = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (spread &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27).byteSwapped
    }

    /// Appends the lowest `count` bytes of `characters`, the lowest first.
    @inline(__always)
    private static func append(_ characters: UInt64, _ count: Int, to free: inout OutputSpan<UInt8>) {
        var rest = characters
        for _ in 0..<count {
            free.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    // MARK: - Reading

    /// The 128 bits of a UUID written as RFC 9562 §4 shows it, in lower case; nil for any other text.
    ///
    /// Upper case is another name: what goes in must come out byte for byte.
    package static func read(_ text: Span<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard text.count == bytesCount,
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
}
