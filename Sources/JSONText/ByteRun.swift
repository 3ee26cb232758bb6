/// Finds the end of a run of bytes that need no attention, eight bytes at a time.
///
/// The bounds are checked once per call, so that the loads need no check of their own.
enum ByteRun {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The end of the run of bytes that mean themselves in a JSON string: ASCII from 0x20 on, without `"` and `\`.
    ///
    /// A byte is special if one of four has its highest bit set: `byte - 0x20` (a control character),
    /// `(byte ^ quote) - 1`, `(byte ^ backslash) - 1`, or the byte itself (not ASCII).
    /// A borrow can only reach bytes above one that is special, so the lowest bit found is always right.
    @inline(__always)
    static func plainEnd(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        precondition(start >= 0 && end <= bytes.count)
        var index = start
        while index &+ 8 <= end {
            let word = unsafe uncheckedWord(bytes, at: index)
            let control = word &- 0x2020_2020_2020_2020
            let quote = (word ^ 0x2222_2222_2222_2222) &- ones
            let backslash = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- ones
            let special = (control | quote | backslash | word) & highBits
            if special != 0 { return index &+ special.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte >= 0x80 { break }
            index &+= 1
        }
        return index
    }

    /// The end of the run without line feeds and carriage returns.
    @inline(__always)
    static func lineEnd(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        precondition(start >= 0 && end <= bytes.count)
        var index = start
        while index &+ 8 <= end {
            let word = unsafe uncheckedWord(bytes, at: index)
            let lineFeed = word ^ 0x0A0A_0A0A_0A0A_0A0A
            let carriageReturn = word ^ 0x0D0D_0D0D_0D0D_0D0D
            // Zero bytes only: a difference whose highest bit was set before the subtraction is no hit.
            let hits = (((lineFeed &- ones) & ~lineFeed) | ((carriageReturn &- ones) & ~carriageReturn)) & highBits
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
            index &+= 1
        }
        return index
    }

    /// The eight bytes from `index` on, the first one lowest.
    ///
    /// Unsafe: the caller has made sure that eight bytes are left.
    @unsafe
    @inline(__always)
    private static func uncheckedWord(_ bytes: Span<UInt8>, at index: Int) -> UInt64 {
        let raw = unsafe bytes.bytes
        return unsafe UInt64(littleEndian: raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
    }
}
