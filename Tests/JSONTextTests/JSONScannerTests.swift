import JSONText
import Testing

private func scan(_ text: String, depthLimit: Int = 128) throws(JSONTextError) -> JSONValue {
    try JSONScanner.validate(Array(text.utf8), depthLimit: depthLimit)
}

struct JSONScannerTests {
    @Test(arguments: [
        ("{}", JSONKind.object), ("[]", .array), ("\"\"", .string), ("0", .number), ("-0", .number), ("true", .boolean),
        ("false", .boolean), ("null", .null), (" \t\r\n[ 1 , 2 ]\n", .array), ("1E400", .number), ("-0.0e-0", .number),
        ("123456789012345678901234567890", .number), ("{\"a\":{\"b\":[{},[],\"\",1.5e+3]}}", .object),
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", .string), ("\"\\ud83d\\ude00 \\uDBFF\\uDFFF\"", .string),
        ("\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"", .string), ("{\"a\":1,\"a\":2}", .object),
        ("{\"\":0}", .object), ("\"\\u0000\"", .string), ("[1,[2,[3]],{\"a\":[]}]", .array),
    ])
    func `A valid text is accepted and its kind told`(text: String, kind: JSONKind) throws {
        #expect(try scan(text).kind == kind)
    }

    @Test(arguments: [
        ("", JSONTextError.endOfInput(offset: 0, expected: .value)),
        (" \n", .endOfInput(offset: 2, expected: .value)),
        ("[1] 2", .unexpectedByte(0x32, offset: 4, expected: .endOfText)),
        ("{}{}", .unexpectedByte(0x7B, offset: 2, expected: .endOfText)),
        ("{\"a\" x}", .unexpectedByte(0x78, offset: 5, expected: .colon)),
        ("{\"a\"", .endOfInput(offset: 4, expected: .colon)),
        ("{\"a\":}", .unexpectedByte(0x7D, offset: 5, expected: .value)),
        ("{\"a\":1", .endOfInput(offset: 6, expected: .commaOrClosingBrace)),
        ("{\"a\":1]", .unexpectedByte(0x5D, offset: 6, expected: .commaOrClosingBrace)),
        ("{\"a\":1,}", .unexpectedByte(0x7D, offset: 7, expected: .name)),
        ("{,}", .unexpectedByte(0x2C, offset: 1, expected: .nameOrClosingBrace)),
        ("{a:1}", .unexpectedByte(0x61, offset: 1, expected: .nameOrClosingBrace)),
        ("[1,]", .unexpectedByte(0x5D, offset: 3, expected: .value)),
        ("[,1]", .unexpectedByte(0x2C, offset: 1, expected: .valueOrClosingBracket)),
        ("[1 2]", .unexpectedByte(0x32, offset: 3, expected: .commaOrClosingBracket)),
        ("[1}", .unexpectedByte(0x7D, offset: 2, expected: .commaOrClosingBracket)),
        ("[", .endOfInput(offset: 1, expected: .valueOrClosingBracket)),
        ("]", .unexpectedByte(0x5D, offset: 0, expected: .value)),
        ("NaN", .unexpectedByte(0x4E, offset: 0, expected: .value)),
        ("nan", .unexpectedByte(0x61, offset: 1, expected: .literal)),
        ("-Infinity", .unexpectedByte(0x49, offset: 1, expected: .digit)),
        ("tru", .endOfInput(offset: 3, expected: .literal)),
        ("True", .unexpectedByte(0x54, offset: 0, expected: .value)),
        ("01", .unexpectedByte(0x31, offset: 1, expected: .noMoreDigits)),
        ("-", .endOfInput(offset: 1, expected: .digit)),
        ("1.", .endOfInput(offset: 2, expected: .digit)),
        (".5", .unexpectedByte(0x2E, offset: 0, expected: .value)),
        ("+1", .unexpectedByte(0x2B, offset: 0, expected: .value)),
        ("1e", .endOfInput(offset: 2, expected: .digit)),
        ("[1e+]", .unexpectedByte(0x5D, offset: 4, expected: .digit)),
        ("0x1", .unexpectedByte(0x78, offset: 1, expected: .endOfText)),
        ("'a'", .unexpectedByte(0x27, offset: 0, expected: .value)),
        ("\"abc", .endOfInput(offset: 4, expected: .closingQuote)),
        ("\"\\", .endOfInput(offset: 2, expected: .escape)),
        ("\"\\x\"", .unexpectedByte(0x78, offset: 2, expected: .escape)),
        ("\"\\u12G4\"", .unexpectedByte(0x47, offset: 5, expected: .hexadecimalDigit)),
        ("\"\\u12", .endOfInput(offset: 5, expected: .hexadecimalDigit)),
        ("\"a\u{0}\"", .controlCharacter(0x00, offset: 2)),
        ("\"12345678\u{1F}\"", .controlCharacter(0x1F, offset: 9)),
        ("\"a\nb\"", .controlCharacter(0x0A, offset: 2)),
        ("[\u{0}]", .unexpectedByte(0x00, offset: 1, expected: .valueOrClosingBracket)),
        ("[\u{C}1]", .unexpectedByte(0x0C, offset: 1, expected: .valueOrClosingBracket)),
        ("[1]\u{A0}", .unexpectedByte(0xC2, offset: 3, expected: .endOfText)),
        ("// x\n1", .unexpectedByte(0x2F, offset: 0, expected: .value)),
        ("\u{FEFF}{}", .byteOrderMark(offset: 0)),
        ("\"x\\ud800\"", .loneSurrogate(offset: 2)),
        ("\"\\udc00\"", .loneSurrogate(offset: 1)),
        ("\"\\udc00\\ud800\"", .loneSurrogate(offset: 1)),
        ("\"\\ud800\\ud800\"", .loneSurrogate(offset: 1)),
        ("\"\\ud800\\n\"", .loneSurrogate(offset: 1)),
        ("\"\\ud800x\"", .loneSurrogate(offset: 1)),
        ("{\"a\":{\"\\udBFF\":1}}", .loneSurrogate(offset: 7)),
    ])
    func `A broken text is refused with its reason and place`(text: String, error: JSONTextError) {
        #expect(throws: error) { try scan(text) }
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE1, 0x80], [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF0, 0x90, 0x80, 0x41], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]])
    func `Bytes that are not UTF-8 are refused at the first byte of the sequence`(sequence: [UInt8]) {
        // Before and behind eight plain bytes, so that the sequence is met by the fast and the slow loop.
        for padding in ["", "12345678"] {
            let text = Array("\"\(padding)".utf8) + sequence + Array("\(padding)\"".utf8)
            #expect(throws: JSONTextError.invalidUTF8(offset: 1 + padding.utf8.count)) {
                try JSONScanner.validate(text, depthLimit: 1)
            }
            #expect(throws: JSONTextError.invalidUTF8(offset: 1 + padding.utf8.count)) {
                try JSONScanner.validate(Array(text.dropLast(padding.utf8.count + 1)), depthLimit: 1)
            }
        }
    }

    @Test func `Every special byte is seen wherever it stands among eight`() {
        for special: UInt8 in 0...255 {
            for place in 0..<24 {
                var text = [UInt8](repeating: 0x61, count: 26)
                text[0] = 0x22
                text[25] = 0x22
                text[1 + place] = special
                let accepted = (try? JSONScanner.validate(text, depthLimit: 1)) != nil
                #expect(accepted == ReferenceChecker.accepts(text), "byte \(special) at \(1 + place)")
            }
        }
    }

    @Test(arguments: [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000])
    func `As many containers may be open as the depth limit says`(limit: Int) throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func nested(_ depth: Int) -> String {
                String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            }
            let tooDeep = JSONTextError.tooDeep(offset: limit * open.utf8.count, limit: limit)
            let bytes = Array(nested(limit + 1).utf8)
            #expect(throws: Never.self) { try scan(nested(limit), depthLimit: limit) }
            #expect(throws: tooDeep) { try scan(nested(limit + 1), depthLimit: limit) }
            #expect(throws: tooDeep) { try JSONScanner.members(of: bytes, depthLimit: limit) }
        }
    }

    @Test func `Objects and arrays mixed over many levels close only in the right order`() throws {
        var open = ""
        var close = ""
        for level in 0..<300 {
            open += level % 3 == 0 ? "{\"a\":" : "["
            close = (level % 3 == 0 ? "}" : "]") + close
        }
        #expect(try scan(open + "1" + close, depthLimit: 300).kind == .object)
        for index in 0..<300 {
            var wrong = Array((open + "1" + close).utf8)
            let place = wrong.count - 300 + index
            wrong[place] = wrong[place] == UInt8(ascii: "}") ? UInt8(ascii: "]") : UInt8(ascii: "}")
            #expect(throws: JSONTextError.self) { try JSONScanner.validate(wrong, depthLimit: 300) }
        }
    }

    @Test func `Ten mebibytes of brackets, of one string or of digits neither crash nor take the stack`() throws {
        let count = 10 << 20
        let brackets = [UInt8](repeating: UInt8(ascii: "["), count: count)
        #expect(throws: JSONTextError.tooDeep(offset: 128, limit: 128)) {
            try JSONScanner.validate(brackets, depthLimit: 128)
        }
        #expect(throws: JSONTextError.endOfInput(offset: count, expected: .valueOrClosingBracket)) {
            try JSONScanner.validate(brackets, depthLimit: .max)
        }
        var string = [UInt8](repeating: UInt8(ascii: "x"), count: count)
        string[0] = UInt8(ascii: "\"")
        string[count - 1] = UInt8(ascii: "\"")
        #expect(try JSONScanner.validate(string, depthLimit: 128).range == 0..<count)
        let digits = [UInt8](repeating: UInt8(ascii: "7"), count: count)
        #expect(try JSONScanner.validate(digits, depthLimit: 128).kind == .number)
    }

    @Test func `A part of the bytes is scanned with offsets of the whole`() throws {
        let bytes = Array("xx[1, {\"a\" :2} ]yy".utf8)
        let part = try JSONScanner.validate(bytes, in: 2..<16, depthLimit: 2)
        #expect(part == JSONValue(kind: .array, range: 2..<16, hasNewlines: false))
        let inner = try JSONScanner.members(of: bytes, in: 5..<15, depthLimit: 1)
        #expect(inner.root.range == 6..<14)
        #expect(inner.members.map(\.value.range) == [12..<13])
        #expect(throws: JSONTextError.endOfInput(offset: 11, expected: .colon)) {
            try JSONScanner.validate(bytes, in: 2..<11, depthLimit: 2)
        }
        #expect(throws: JSONTextError.endOfInput(offset: 4, expected: .value)) {
            try JSONScanner.validate(bytes, in: 4..<4, depthLimit: 2)
        }
    }

    @Test func `Newlines count only between a value's own tokens`() throws {
        let bytes = Array("\n{\"a\":[1,2],\r\"b\":{\n}, \"c\":\"\\n\",\"d\":\n5}\n".utf8)
        let document = try JSONScanner.members(of: bytes, depthLimit: 3)
        #expect(document.root.hasNewlines)
        #expect(document.members.map(\.value.hasNewlines) == [false, true, false, false])
        #expect(try scan("\n[1]\n").hasNewlines == false)
        #expect(try scan("[\n]").hasNewlines)
    }
}
