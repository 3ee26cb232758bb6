/// What a text holds that decides how it may stand in a line; eight bytes are looked at together.
struct TextTraits {
    /// A control character, `"`, `\`, DEL or anything beyond ASCII: it has to be looked at one by one.
    private(set) var hasSpecial = false
    /// A space or `=`, which part the fields of a line in words.
    private(set) var hasSeparator = false
    /// What a credential's prefix ends with.
    private(set) var hasUnderscore = false

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    init(_ bytes: Span<UInt8>) {
        let raw = unsafe bytes.bytes
        var (special, separator, underscore): (UInt64, UInt64, UInt64) = (0, 0, 0)
        var index = 0
        while index < raw.byteCount {
            let word: UInt64
            if index &+ 8 <= raw.byteCount {
                // The bounds were checked on the line before.
                word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            } else {
                word = Self.lastWord(bytes, from: index)
            }
            // A byte's highest bit after each: below 0x20, equal to the character, 0x7F, 0x80 and more. A borrow can only
            // come from a byte that was found itself, so a zero is always right.
            special |= (word &- 0x2020_2020_2020_2020) | Self.equal(word, 0x22) | Self.equal(word, 0x5C)
            special |= ((word & ~Self.highBits) &+ Self.ones) | word
            separator |= Self.equal(word, 0x20) | Self.equal(word, 0x3D)
            underscore |= Self.equal(word, 0x5F)
            index &+= 8
        }
        hasSpecial = special & Self.highBits != 0
        hasSeparator = separator & Self.highBits != 0
        hasUnderscore = underscore & Self.highBits != 0
    }

    @inline(__always)
    private static func equal(_ word: UInt64, _ byte: UInt64) -> UInt64 { (word ^ (byte &* ones)) &- ones }

    /// What is left at the end, filled up with letters.
    private static func lastWord(_ bytes: Span<UInt8>, from start: Int) -> UInt64 {
        var word: UInt64 = 0x6161_6161_6161_6161
        for index in start..<bytes.count { word = word << 8 | UInt64(bytes[index]) }
        return word
    }
}
