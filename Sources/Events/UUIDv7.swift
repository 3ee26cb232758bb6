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
        for index in 0..<32 {
            // A hyphen stands before the 9th, 13th, 17th and 21st digit.
            if index == 8 || index == 12 || index == 16 || index == 20 { free.append(UInt8(ascii: "-")) }
            free.append(digit(index))
        }
    }

    /// The hexadecimal digit at `index`, 0 being the first.
    private func digit(_ index: Int) -> UInt8 {
        let word = index < 16 ? high : low
        let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 0x0F
        return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}
