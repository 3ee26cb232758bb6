/// Finds the end of a run of bytes that need no attention, eight bytes at a time.
enum ByteRun {
    /// The end of the run of bytes that mean themselves in a JSON string: ASCII from 0x20 on, without `"` and `\`.
    @inline(__always)
    static func plainEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        // Sixteen at a time: what two words take is hardly more than what one takes.
        while let words = bytes.twoWords(at: index) {
            let marks = specials(words)
            if marks.x != 0 { return index &+ marks.x.trailingZeroBitCount / 8 }
            if marks.y != 0 { return index &+ 8 &+ marks.y.trailingZeroBitCount / 8 }
            index &+= 16
        }
        while true {
            // Zeros stand behind the end: they are special.
            let mark = specials(SIMD2(bytes.word(at: index), 0)).x
            if mark != 0 { return index &+ mark.trailingZeroBitCount / 8 }
            index &+= 8
        }
    }

    /// Marks the bytes that are not plain, by the highest bit of each. In each word only the lowest mark is sure.
    ///
    /// A byte is special if one of three has its highest bit set: `(byte ^ 2) - 0x21`, since the XOR makes 0x20 of the
    /// quote, 0x22 of 0x20, and keeps control characters below 0x20; `(byte ^ backslash) - 1`; or the byte itself, which
    /// then is not ASCII. A borrow can only reach bytes above one that is special, so the lowest mark is always right.
    @inline(__always)
    private static func specials(_ words: SIMD2<UInt64>) -> SIMD2<UInt64> {
        let controlOrQuote = (words ^ 0x0202_0202_0202_0202) &- 0x2121_2121_2121_2121
        let backslash = (words ^ 0x5C5C_5C5C_5C5C_5C5C) &- ones
        return (controlOrQuote | backslash | words) & highBits
    }

    /// The end of the run without line feeds and carriage returns.
    @inline(__always)
    static func lineEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let word = bytes.word(at: index)
            let lineFeed = word ^ 0x0A0A_0A0A_0A0A_0A0A
            let carriageReturn = word ^ 0x0D0D_0D0D_0D0D_0D0D
            // Zero bytes only: a difference whose highest bit was set before the subtraction is no hit.
            let hits = (((lineFeed &- ones) & ~lineFeed) | ((carriageReturn &- ones) & ~carriageReturn)) & highBits
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        return bytes.count
    }

    /// The end of the run of decimal digits.
    @inline(__always)
    static func digitsEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while true {
            // The XOR makes 0 to 9 of digits and more of all else; plus 0x76 sets the highest bit from 10 on. A sum that
            // carries belongs to a byte that is marked itself, and spoils marks above it only.
            let values = bytes.word(at: index) ^ 0x3030_3030_3030_3030
            let others = (values | (values &+ 0x7676_7676_7676_7676)) & highBits
            if others != 0 { return index &+ others.trailingZeroBitCount / 8 }
            index &+= 8
        }
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080
}
