import JSONText
import Testing

/// Strings of every length a few words have, at every place of a word, with one thing that is not plain at every place:
/// what reads eight or sixteen bytes at a time is held against what reads one.
struct JSONStringPlacesTests {
    /// What is put into the string; valid and broken, alone and cut short by what follows.
    private static let specials: [[UInt8]] = [
        [0x00], [0x0A], [0x1F], [0x20], [0x21], [0x22], [0x23], [0x5B], [0x5C], [0x5D], [0x7F], [0x80], [0xC2, 0x80],
        [0xC3], [0xE0, 0xA0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98, 0x80], [0xF0, 0x9F], [0xFF],
        Array(#"\n"#.utf8), Array(#"\\"#.utf8), Array(#"\""#.utf8), Array(#"\u00e9"#.utf8), Array(#"\uABcd"#.utf8),
        Array(#"\ud7ff"#.utf8), Array(#"\uD83D\uDE00"#.utf8), Array(#"\uD83D"#.utf8), Array(#"\uDE00"#.utf8),
        Array(#"\u00g0"#.utf8), Array(#"\u/000"#.utf8), Array(#"\u000:"#.utf8), Array(#"\u0@00"#.utf8),
        Array(#"\uF`00"#.utf8), Array("\\u00\u{E9}0".utf8), Array(#"\u12"#.utf8), Array(#"\x"#.utf8),
    ]

    @Test func `A string of any length with anything anywhere is read as byte by byte`() {
        var random = SplitMix(state: 7)
        var valid = 0
        var broken = 0
        for length in 0...70 {
            for place in 0...length {
                // Every special byte at every place would take minutes; three at random meet each of them often.
                for _ in 0..<3 {
                    let special = Self.specials[Int(random.next() % UInt64(Self.specials.count))]
                    let alignment = Int(random.next() % 16)
                    let isCut = random.next() % 4 == 0
                    if compare(special, at: place, of: length, alignment: alignment, isCut: isCut) {
                        valid += 1
                    } else {
                        broken += 1
                    }
                }
            }
        }
        #expect(valid > 1000 && broken > 1000)
    }

    @Test(arguments: specials)
    func `A special byte is seen at each place and alignment`(special: [UInt8]) {
        for alignment in 0..<16 {
            for place in 0...33 {
                compare(special, at: place, of: 33, alignment: alignment, isCut: false)
                compare(special, at: place, of: place, alignment: alignment, isCut: true)
            }
        }
    }

    /// Scans `["…"]` behind as many spaces as `alignment` says, and `["…` if it is cut; true if it is valid.
    @discardableResult
    private func compare(_ special: [UInt8], at place: Int, of length: Int, alignment: Int, isCut: Bool) -> Bool {
        var text = [UInt8](repeating: 0x20, count: alignment) + Array("[\"".utf8)
        let opening = text.count - 1
        for index in 0..<length {
            if index == place { text += special }
            // Plain bytes in turn, but none that could go on behind a string that ends early: no space, no comma.
            let plain = UInt8(0x2D + (index * 7 + length) % 0x52)
            text.append(plain == 0x5C ? 0x61 : plain)
        }
        if place == length { text += special }
        if !isCut { text += Array("\"]".utf8) }

        let found = Result { () throws(JSONTextError) in try JSONScanner.validate(text, depthLimit: 1).range.upperBound
        }
        let expected = Self.end(ofArrayOf: opening, in: text)
        // Recorded only on failure: #expect costs more than the scan.
        if found != expected {
            Issue.record("\(found), not \(expected): \(String(decoding: text, as: UTF8.self).debugDescription)")
        }
        return (try? expected.get()) != nil
    }

    /// Reads the string whose opening quote stands at `opening`, and the bracket that must end the text.
    private static func end(ofArrayOf opening: Int, in text: [UInt8]) -> Result<Int, JSONTextError> {
        let string = end(ofStringAt: opening, in: text)
        guard case .success(let end) = string else { return string }
        guard end < text.count else { return .failure(.endOfInput(offset: end, expected: .commaOrClosingBracket)) }
        switch text[end] {
        case UInt8(ascii: "]"):
            let next = text[(end + 1)...].firstIndex { $0 != 0x20 }
            guard let next else { return .success(end + 1) }
            return .failure(.unexpectedByte(text[next], offset: next, expected: .endOfText))
        default: return .failure(.unexpectedByte(text[end], offset: end, expected: .commaOrClosingBracket))
        }
    }

    private static func end(ofStringAt opening: Int, in text: [UInt8]) -> Result<Int, JSONTextError> {
        var index = opening + 1
        while index < text.count {
            switch text[index] {
            case 0x22: return .success(index + 1)
            case 0x00..<0x20: return .failure(.controlCharacter(text[index], offset: index))
            case 0x5C:
                let escape = end(ofEscapeAt: index, in: text)
                guard case .success(let end) = escape else { return escape }
                index = end
            case 0x80...0xFF:
                // The standard library knows what UTF-8 is: the shortest of up to four bytes that is one scalar.
                let length = (1...4).first { length in
                    index + length <= text.count
                        && String(validating: text[index..<index + length], as: UTF8.self)?.unicodeScalars.count == 1
                }
                guard let length else { return .failure(.invalidUTF8(offset: index)) }
                index += length
            default: index += 1
            }
        }
        return .failure(.endOfInput(offset: text.count, expected: .closingQuote))
    }

    private static func end(ofEscapeAt start: Int, in text: [UInt8]) -> Result<Int, JSONTextError> {
        func unexpected(_ index: Int, _ expected: JSONExpectation) -> Result<Int, JSONTextError> {
            guard index < text.count else { return .failure(.endOfInput(offset: text.count, expected: expected)) }
            return .failure(.unexpectedByte(text[index], offset: index, expected: expected))
        }
        let hexadecimal = Array("0123456789abcdefABCDEF".utf8)
        var units: [Int] = []
        var index = start
        repeat {
            // A high half needs `\u` right behind it.
            let isPair = !units.isEmpty
            if isPair, !text[index...].starts(with: #"\u"#.utf8) { return .failure(.loneSurrogate(offset: start)) }
            guard index + 1 < text.count, text[index + 1] == UInt8(ascii: "u") else {
                guard index + 1 < text.count, #""\/bfnrt"#.utf8.contains(text[index + 1]) else {
                    return unexpected(index + 1, .escape)
                }
                return .success(index + 2)
            }
            for digit in index + 2..<index + 6 where digit >= text.count || !hexadecimal.contains(text[digit]) {
                return unexpected(digit, .hexadecimalDigit)
            }
            units.append(Int(String(decoding: text[index + 2..<index + 6], as: UTF8.self), radix: 16) ?? 0)
            index += 6
        } while units.count == 1 && (0xD800...0xDBFF).contains(units[0])
        let isLone = units.count == 1 ? (0xDC00...0xDFFF).contains(units[0]) : !(0xDC00...0xDFFF).contains(units[1])
        return isLone ? .failure(.loneSurrogate(offset: start)) : .success(index)
    }
}
