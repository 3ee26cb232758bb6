/// A UUID that sorts by the millisecond of its creation (RFC 9562 §5.7).
///
/// 48 bits of Unix milliseconds, version 7, 12 random bits, variant 2, 62 random bits.
package struct UUIDv7: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    /// - Parameters:
    ///   - milliseconds: since 1970; the lower 48 bits count, enough until the year 10889.
    ///   - randomHigh: its lower 12 bits are used.
    ///   - randomLow: its lower 62 bits are used.
    package init(milliseconds: Int64, randomHigh: UInt64, randomLow: UInt64) {
        high = UInt64(truncatingIfNeeded: milliseconds) << 16 | 0x7000 | (randomHigh & 0x0FFF)
        low = 0x8000_0000_0000_0000 | (randomLow & 0x3FFF_FFFF_FFFF_FFFF)
    }

    /// `0198c8a5-1b2c-7d3e-8f40-5162738495a6`, 36 bytes.
    package var text: String {
        unsafe String(unsafeUninitializedCapacity: Self.textBytes) { buffer in
            var free = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            append(to: &free)
            return unsafe free.finalize(for: buffer)
        }
    }

    private static let textBytes = 36

    /// Appends ``text``.
    package func append(to output: inout [UInt8]) {
        output.append(addingCapacity: Self.textBytes) { append(to: &$0) }
    }

    private func append(to free: inout OutputSpan<UInt8>) {
        let hyphen = UInt8(ascii: "-")
        Self.append(Self.digits(UInt32(high >> 32)), 8, to: &free)
        free.append(hyphen)
        let middle = Self.digits(UInt32(truncatingIfNeeded: high))
        Self.append(middle, 4, to: &free)
        free.append(hyphen)
        Self.append(middle >> 32, 4, to: &free)
        free.append(hyphen)
        let clock = Self.digits(UInt32(low >> 32))
        Self.append(clock, 4, to: &free)
        free.append(hyphen)
        Self.append(clock >> 32, 4, to: &free)
        Self.append(Self.digits(UInt32(truncatingIfNeeded: low)), 8, to: &free)
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
}
