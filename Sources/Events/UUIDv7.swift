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
        unsafe String(unsafeUninitializedCapacity: UUIDText.bytesCount) { buffer in
            var free = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            UUIDText.append(high, low, to: &free)
            return unsafe free.finalize(for: buffer)
        }
    }

    /// Appends ``text``.
    package func append(to output: inout [UInt8]) { UUIDText.append(high, low, to: &output) }
}
