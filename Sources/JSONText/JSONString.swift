/// What a JSON string is made of besides plain ASCII: UTF-8 sequences and escapes.
enum JSONString {
    /// The end of the UTF-8 sequence that begins at `start` with a byte from 0x80 on; `nil` if it is not well-formed.
    ///
    /// Well-formed is what Unicode 16 table 3-7 lists: nothing overlong, no surrogate, nothing above U+10FFFF.
    static func scalarEnd(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[start] {
        case 0xC2...0xDF: (second, length) = (0x80...0xBF, 2)
        case 0xE0: (second, length) = (0xA0...0xBF, 3)
        case 0xE1...0xEC, 0xEE...0xEF: (second, length) = (0x80...0xBF, 3)
        case 0xED: (second, length) = (0x80...0x9F, 3)
        case 0xF0: (second, length) = (0x90...0xBF, 4)
        case 0xF1...0xF3: (second, length) = (0x80...0xBF, 4)
        case 0xF4: (second, length) = (0x80...0x8F, 4)
        default: return nil
        }
        guard end - start >= length, second.contains(bytes[start + 1]) else { return nil }
        if length > 2 && bytes[start + 2] & 0xC0 != 0x80 { return nil }
        if length > 3 && bytes[start + 3] & 0xC0 != 0x80 { return nil }
        return start + length
    }

    @inline(__always)
    static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The text of a validated string; `range` includes its quotes.
    static func decoded(_ range: Range<Int>, in bytes: [UInt8]) -> String {
        let content = (range.lowerBound + 1)..<(range.upperBound - 1)
        guard bytes[content].contains(UInt8(ascii: "\\")) else {
            return String(decoding: bytes[content], as: UTF8.self)
        }
        return String(decoding: decodedBytes(range, in: bytes), as: UTF8.self)
    }

    /// The UTF-8 of a validated string's text; `range` includes its quotes.
    static func decodedBytes(_ range: Range<Int>, in bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(range.count - 2)
        var index = range.lowerBound + 1
        let end = range.upperBound - 1
        while index < end {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            let escape = bytes[index]
            index += 1
            switch escape {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var value = codeUnit(bytes, at: index)
                index += 4
                if value & 0xFC00 == 0xD800 {
                    // The scan saw to it that `\u` and the low half follow: \ud83d\ude00 is U+1F600.
                    value = 0x10000 + (value & 0x3FF) << 10 + codeUnit(bytes, at: index + 2) & 0x3FF
                    index += 6
                }
                let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
                text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            default: text.append(escape)
            }
        }
        return text
    }

    private static func codeUnit(_ bytes: [UInt8], at start: Int) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 0..<4 { unit = unit << 4 | (hexadecimalDigit(bytes[start + offset]) ?? 0) }
        return unit
    }
}
