/// A way in which encoders write the JSON they were given: for finding out what was signed, never for what is stored.
///
/// It changes blanks between tokens and escapes within texts, and leaves order, numbers and everything else alone; what
/// is no JSON comes out as something that is none either.
struct JSONSpelling {
    enum Blanks {
        /// `{"a":1,"b":2}`
        case none
        /// `{"a": 1, "b": 2}`, as Python writes it.
        case afterPunctuation
    }

    enum Texts {
        case asTheyAre
        /// Characters beyond ASCII as they are, and `/` without a backslash.
        case raw
        /// Characters beyond ASCII as `\u00e9`.
        case ascii
        /// As ``ascii``, and `/` as `\/`: PHP's.
        case asciiWithSlashes
    }

    let blanks: Blanks
    let texts: Texts

    static let all: [JSONSpelling] = [Blanks.none, .afterPunctuation].flatMap { blanks in
        [Texts.asTheyAre, .raw, .ascii, .asciiWithSlashes].map { JSONSpelling(blanks: blanks, texts: $0) }
    }

    func respelt(_ json: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(json.count + json.count / 8)
        var index = 0
        while index < json.count {
            let byte = json[index]
            index += 1
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: break
            case UInt8(ascii: "\""):
                output.append(byte)
                index = respellText(json, from: index, to: &output)
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                output.append(byte)
                if blanks == .afterPunctuation { output.append(0x20) }
            default: output.append(byte)
            }
        }
        return output
    }

    /// - Returns: where the JSON goes on behind the closing quote.
    private func respellText(_ json: [UInt8], from start: Int, to output: inout [UInt8]) -> Int {
        var index = start
        while index < json.count {
            let byte = json[index]
            if byte == UInt8(ascii: "\"") {
                output.append(byte)
                return index + 1
            }
            if byte == UInt8(ascii: "\\"), index + 1 < json.count {
                index = respellEscape(json, at: index, to: &output)
            } else if byte == UInt8(ascii: "/"), texts == .asciiWithSlashes {
                output += [UInt8(ascii: "\\"), byte]
                index += 1
            } else if byte >= 0x80, texts == .ascii || texts == .asciiWithSlashes {
                index = escapeCharacter(json, at: index, to: &output)
            } else {
                output.append(byte)
                index += 1
            }
        }
        return index
    }

    private func respellEscape(_ json: [UInt8], at index: Int, to output: inout [UInt8]) -> Int {
        let next = json[index + 1]
        if next == UInt8(ascii: "/"), texts == .raw || texts == .ascii {
            output.append(next)
            return index + 2
        }
        guard next == UInt8(ascii: "u"), texts == .raw, let (scalar, end) = Self.scalar(json, at: index),
            scalar.value >= 0x80
        else {
            output += [json[index], next]
            return index + 2
        }
        output += Array(String(Character(scalar)).utf8)
        return end
    }

    /// The character that one or two `\uXXXX` spell, and where they end.
    private static func scalar(_ json: [UInt8], at index: Int) -> (Unicode.Scalar, Int)? {
        guard let first = unit(json, at: index) else { return nil }
        if let scalar = Unicode.Scalar(UInt32(first)) { return (scalar, index + 6) }
        guard let second = unit(json, at: index + 6), first < 0xDC00, (0xDC00...0xDFFF).contains(second) else {
            return nil
        }
        let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00
        return Unicode.Scalar(value).map { ($0, index + 12) }
    }

    private static func unit(_ json: [UInt8], at index: Int) -> UInt16? {
        guard index + 6 <= json.count, json[index] == UInt8(ascii: "\\"), json[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var value: UInt16 = 0
        for digit in json[(index + 2)..<(index + 6)] {
            guard let nibble = Hex.nibble(digit) else { return nil }
            value = value << 4 | UInt16(nibble)
        }
        return value
    }

    private func escapeCharacter(_ json: [UInt8], at index: Int, to output: inout [UInt8]) -> Int {
        var end = index + 1
        while end < json.count, json[end] & 0xC0 == 0x80 { end += 1 }
        guard let text = String(validating: json[index..<end], as: UTF8.self) else {
            output += json[index..<end]
            return end
        }
        for unit in text.utf16 {
            output += Array("\\u".utf8)
            output += Array(Hex.encode([UInt8(unit >> 8), UInt8(unit & 0xFF)]).utf8)
        }
        return end
    }
}
