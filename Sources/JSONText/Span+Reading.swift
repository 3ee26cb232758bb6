/// Reads at any index from 0 on, with zeros for what is behind the end: a scan has to ask for the end anyway, and a zero
/// is neither part of a token nor plain text in a string.
extension Span<UInt8> {
    /// The byte at `index`; 0 at the end.
    @inline(__always)
    func byte(at index: Int) -> UInt8 {
        // As unsigned numbers a negative index lies behind the end too.
        UInt(bitPattern: index) < UInt(bitPattern: count) ? unsafe self[unchecked: index] : 0
    }

    /// The sixteen bytes from `index` on, the first one lowest; nil if fewer are left.
    @inline(__always)
    func twoWords(at index: Int) -> SIMD2<UInt64>? {
        assert(index >= 0)
        guard index <= count &- 16 else { return nil }
        let words = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD2<UInt64>.self)
        return SIMD2(UInt64(littleEndian: words.x), UInt64(littleEndian: words.y))
    }

    /// The eight bytes from `index` on, the first one lowest.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        assert(index >= 0)
        return index <= count &- 8 ? unsafe uncheckedWord(at: index) : lastWord(at: index)
    }

    /// As ``word(at:)``, where fewer than eight bytes are left.
    @inline(never)
    private func lastWord(at index: Int) -> UInt64 {
        let left = count - index
        guard left > 0 else { return 0 }
        // Index 7 of ten bytes: the word of the last eight without its first five, the last three.
        if count >= 8 { return unsafe uncheckedWord(at: count - 8) >> UInt64(64 - 8 * left) }
        var word: UInt64 = 0
        for place in 0..<left { word |= UInt64(self[index + place]) << UInt64(8 * place) }
        return word
    }

    /// Unsafe: the caller has made sure that eight bytes are left.
    @unsafe
    @inline(__always)
    private func uncheckedWord(at index: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
    }
}
