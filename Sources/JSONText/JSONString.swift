/// What a JSON string is made of besides plain ASCII: UTF-8 sequences and escapes.
enum JSONString {
    /// Behind the closing quote of the string whose opening quote stands at `start`, and whether it has escapes.
    @inline(__always)
    static func end(
        in bytes: Span<UInt8>, from start: Int
    ) throws(JSONTextError) -> (end: Int, hasEscapes: Bool) {
        var hasEscapes = false
        var index = start &+ 1
        while true {
            index = ByteRun.plainEnd(in: bytes, from: index)
            let byte = bytes.byte(at: index)
            if byte == UInt8(ascii: "\"") { return (index &+ 1, hasEscapes) }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                index = isCodeUnit(bytes.word(at: index)) ? index &+ 6 : try escapeEnd(in: bytes, from: index)
            } else {
                index = try sequencesEnd(in: bytes, from: index)
            }
        }
    }

    /// Whether eight bytes that begin with a backslash are `\uXXXX` and two more; false also for \uD000 to \uDFFF, of
    /// which some are halves of surrogate pairs.
    @inline(__always)
    private static func isCodeUnit(_ escape: UInt64) -> Bool {
        let digits = UInt32(truncatingIfNeeded: escape >> 16)
        return UInt16(truncatingIfNeeded: escape) == 0x755C && digits & 0xDF != 0x44 && areHexadecimal(digits)
    }

    /// Whether each of four bytes is a hexadecimal digit.
    ///
    /// Adding moves the highest bit of each byte that is ASCII: plus 0x50 sets it from `0` on, plus 0x46 from `:` on.
    /// A sum cannot carry into the next byte, as no byte that may pass is above 0x7F; one that is spoils only itself and
    /// those above it, and is refused itself.
    @inline(__always)
    static func areHexadecimal(_ digits: UInt32) -> Bool {
        let lowered = digits | 0x2020_2020
        let decimal = (digits &+ 0x5050_5050) & ~(digits &+ 0x4646_4646)
        let letter = (lowered &+ 0x1F1F_1F1F) & ~(lowered &+ 0x1919_1919)
        return (decimal | letter) & ~digits & 0x8080_8080 == 0x8080_8080
    }

    @inline(never)
    private static func escapeEnd(in bytes: Span<UInt8>, from start: Int) throws(JSONTextError) -> Int {
        switch bytes.byte(at: start + 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            let unit = try codeUnit(in: bytes, at: start + 2)
            guard unit & 0xF800 == 0xD800 else { return start + 6 }
            guard unit < 0xDC00, bytes.byte(at: start + 6) == UInt8(ascii: "\\"),
                bytes.byte(at: start + 7) == UInt8(ascii: "u"),
                try codeUnit(in: bytes, at: start + 8) & 0xFC00 == 0xDC00
            else { throw .loneSurrogate(offset: start) }
            return start + 12
        default:
            throw .unexpected(in: bytes, at: start + 1, expected: .escape)
        }
    }

    private static func codeUnit(in bytes: Span<UInt8>, at start: Int) throws(JSONTextError) -> UInt32 {
        var unit: UInt32 = 0
        for index in start..<start + 4 {
            guard let digit = hexadecimalDigit(bytes.byte(at: index)) else {
                throw .unexpected(in: bytes, at: index, expected: .hexadecimalDigit)
            }
            unit = unit << 4 | digit
        }
        return unit
    }

    /// The end of the run of UTF-8 sequences of more than one byte; `start` is where a string's plain text ends.
    ///
    /// - Throws: if there is none, or if one is not well-formed.
    @inline(never)
    private static func sequencesEnd(in bytes: Span<UInt8>, from start: Int) throws(JSONTextError) -> Int {
        guard start < bytes.count else { throw .endOfInput(offset: bytes.count, expected: .closingQuote) }
        guard bytes[start] >= 0x80 else { throw .controlCharacter(bytes[start], offset: start) }
        var index = start
        repeat {
            guard let end = scalarEnd(in: bytes, from: index) else { throw .invalidUTF8(offset: index) }
            index = end
        } while bytes.byte(at: index) >= 0x80
        return index
    }

    /// The end of the UTF-8 sequence that begins at `start` with a byte from 0x80 on; `nil` if it is not well-formed.
    ///
    /// Well-formed is what Unicode 16 table 3-7 lists: nothing overlong, no surrogate, nothing above U+10FFFF.
    @inline(__always)
    static func scalarEnd(in bytes: Span<UInt8>, from start: Int) -> Int? {
        let lead = bytes.byte(at: start)
        let second = bytes.byte(at: start &+ 1)
        // Behind the end stands a zero here, which continues nothing.
        switch lead {
        case 0xC2...0xDF: return isContinuation(second) ? start &+ 2 : nil
        case 0xE0...0xEF:
            let isOverlong = lead == 0xE0 && second < 0xA0
            let isSurrogate = lead == 0xED && second >= 0xA0
            guard isContinuation(second), !isOverlong, !isSurrogate, isContinuation(bytes.byte(at: start &+ 2)) else {
                return nil
            }
            return start &+ 3
        case 0xF0...0xF4:
            let isOverlong = lead == 0xF0 && second < 0x90
            let isTooHigh = lead == 0xF4 && second >= 0x90
            guard isContinuation(second), !isOverlong, !isTooHigh, isContinuation(bytes.byte(at: start &+ 2)),
                isContinuation(bytes.byte(at: start &+ 3))
            else { return nil }
            return start &+ 4
        default: return nil
        }
    }

    @inline(__always)
    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

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
