import JSONText
import Testing

struct JSONStringTests {
    private func decoded(_ text: String) throws -> String? {
        let bytes = Array(text.utf8)
        return try JSONScanner.validate(bytes, depthLimit: 1).string(in: bytes)
    }

    @Test func `A string is decoded with its escapes understood and surrogate pairs joined`() throws {
        #expect(try decoded(#""""#) == "")
        #expect(try decoded(#""plain 日本""#) == "plain 日本")
        #expect(try decoded(#""\"\\\/\b\f\n\r\t""#) == "\"\\/\u{8}\u{C}\n\r\t")
        #expect(try decoded(#""\u0041\u00e9\u20AC\uFFFF\u0000.""#) == "A\u{E9}\u{20AC}\u{FFFF}\u{0}.")
        #expect(try decoded(#""\ud83d\ude00\uD800\uDC00\uDBFF\uDFFF""#) == "\u{1F600}\u{10000}\u{10FFFF}")
        #expect(try decoded("12") == nil)
        #expect(try decoded("[]") == nil)
    }

    @Test func `A written string is valid JSON and reads back as the same text`() throws {
        var texts = [
            "", "plain", "日本 \u{1F600}", "\"\\/", "a\"b\\c\u{0}d\u{1F}e\u{7F}f\u{2028}", "12345678\"", "\u{E9}\"",
        ]
        for scalar: UInt8 in 0..<0x80 { texts.append("before \(Character(Unicode.Scalar(scalar))) after") }
        for text in texts {
            var bytes: [UInt8] = []
            JSONWriter.appendString(text, to: &bytes)
            let value = try JSONScanner.validate(bytes, depthLimit: 1)
            #expect(value.string(in: bytes).map { Array($0.utf8) } == Array(text.utf8))
        }
    }

    @Test func `Only quotes, backslashes and control characters are escaped`() {
        func written(_ text: String) -> String {
            var bytes: [UInt8] = Array("<".utf8)
            JSONWriter.appendString(text, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(written("a/b é\u{7F}") == "<\"a/b é\u{7F}\"")
        #expect(written("\"\\\u{8}\t\n\u{C}\r\u{0}\u{1B}\u{1F}") == #"<"\"\\\b\t\n\f\r\u0000\u001b\u001f""#)
    }

    @Test func `A value is appended byte for byte but for the newlines between its tokens`() throws {
        let text = "{ \"a\" :\r\n\t[1E400,\n\n  123456789012345678901234567890 ],\n\"b\\n\":\"\\u0041 \\/\"\n}"
        let bytes = Array("\n\(text)\n".utf8)
        let root = try JSONScanner.validate(bytes, depthLimit: 2)
        var output = Array("data:".utf8)
        root.append(to: &output, from: bytes)
        let expected = "data:" + text.unicodeScalars.filter { $0 != "\n" && $0 != "\r" }.map(String.init).joined()
        #expect(String(decoding: output, as: UTF8.self) == expected)

        let compact = Array("[1 , 2]".utf8)
        output = []
        try JSONScanner.validate(compact, depthLimit: 1).append(to: &output, from: compact)
        #expect(output == compact)
    }

    @Test func `An error's message names what was expected and at most one byte of the input`() {
        let cases: [(JSONTextError, String)] = [
            (.unexpectedByte(0x78, offset: 5, expected: .colon), "expected ':' after a member name, found 'x'"),
            (.unexpectedByte(0x0A, offset: 5, expected: .value), "expected a value, found byte 0x0A"),
            (.unexpectedByte(0xC2, offset: 5, expected: .value), "expected a value, found byte 0xC2"),
            (.endOfInput(offset: 5, expected: .value), "expected a value, found the end of the text"),
            (.controlCharacter(0x00, offset: 5), "byte 0x00 in a string must be escaped"),
            (.tooDeep(offset: 5, limit: 128), "objects and arrays are nested deeper than 128"),
            (.tooManyMembers(offset: 5, limit: 3), "the object has more than 3 members"),
            (.tooManyElements(offset: 5, limit: 3), "the array has more than 3 elements"),
            (.byteOrderMark(offset: 5), "a byte order mark is not allowed"),
            (.invalidUTF8(offset: 5), "the text is not valid UTF-8"),
            (.loneSurrogate(offset: 5), "a \\u escape is half of a surrogate pair"),
        ]
        for (error, message) in cases {
            #expect(error.message == message)
            #expect(error.offset == 5)
        }
    }
}
