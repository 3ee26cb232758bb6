/// Why bytes are not a JSON text we take. `offset` counts bytes from the start of the scanned buffer.
package enum JSONTextError: Error, Equatable, Sendable {
    /// The text ended where it had to go on; an empty text ends at its first byte.
    case endOfInput(offset: Int, expected: JSONExpectation)
    case unexpectedByte(UInt8, offset: Int, expected: JSONExpectation)
    /// RFC 8259 §8.1 forbids senders to add one.
    case byteOrderMark(offset: Int)
    /// A raw byte below 0x20 inside a string.
    case controlCharacter(UInt8, offset: Int)
    /// Overlong, a surrogate, beyond U+10FFFF, cut short or no UTF-8 at all; `offset` is the sequence's first byte.
    case invalidUTF8(offset: Int)
    /// Half of a surrogate pair without the other half behind it: no Unicode text has it, and few databases take it.
    case loneSurrogate(offset: Int)
    case tooDeep(offset: Int, limit: Int)
    /// Only a scan that collects members has this limit.
    case tooManyMembers(offset: Int, limit: Int)
    /// Only a scan that collects elements has this limit.
    case tooManyElements(offset: Int, limit: Int)

    /// What stands at `offset` instead of what was expected there.
    @inline(never)
    static func unexpected(in bytes: Span<UInt8>, at offset: Int, expected: JSONExpectation) -> JSONTextError {
        guard offset < bytes.count else { return .endOfInput(offset: bytes.count, expected: expected) }
        return .unexpectedByte(bytes[offset], offset: offset, expected: expected)
    }

    package var offset: Int {
        switch self {
        case .endOfInput(let offset, _), .unexpectedByte(_, let offset, _), .byteOrderMark(let offset),
            .controlCharacter(_, let offset), .invalidUTF8(let offset), .loneSurrogate(let offset),
            .tooDeep(let offset, _), .tooManyMembers(let offset, _), .tooManyElements(let offset, _):
            offset
        }
    }

    /// What is wrong, as part of a sentence for the sender; it repeats at most one byte of the input.
    package var message: String {
        switch self {
        case .endOfInput(_, let expected): "expected \(expected.description), found the end of the text"
        case .unexpectedByte(let byte, _, let expected):
            "expected \(expected.description), found \(Self.described(byte))"
        case .byteOrderMark: "a byte order mark is not allowed"
        case .controlCharacter(let byte, _): "\(Self.described(byte)) in a string must be escaped"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .loneSurrogate: "a \\u escape is half of a surrogate pair"
        case .tooDeep(_, let limit): "objects and arrays are nested deeper than \(limit)"
        case .tooManyMembers(_, let limit): "the object has more than \(limit) members"
        case .tooManyElements(_, let limit): "the array has more than \(limit) elements"
        }
    }

    /// `'x'` if it can be printed, `byte 0x0A` if not.
    private static func described(_ byte: UInt8) -> String {
        guard !(0x20..<0x7F).contains(byte) else { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (digits.utf8.count < 2 ? "0" : "") + digits
    }
}

/// What could have stood where a scan stopped.
package enum JSONExpectation: Sendable {
    case value, valueOrClosingBracket, name, nameOrClosingBrace, colon, commaOrClosingBrace, commaOrClosingBracket
    case closingQuote, escape, hexadecimalDigit, digit, literal, noMoreDigits, endOfText

    package var description: String {
        switch self {
        case .value: "a value"
        case .valueOrClosingBracket: "a value or ']'"
        case .name: "a member name in double quotes"
        case .nameOrClosingBrace: "a member name in double quotes or '}'"
        case .colon: "':' after a member name"
        case .commaOrClosingBrace: "',' or '}' after a member"
        case .commaOrClosingBracket: "',' or ']' after an element"
        case .closingQuote: "'\"' at the end of a string"
        case .escape: "one of \" \\ / b f n r t u after '\\'"
        case .hexadecimalDigit: "four hexadecimal digits after '\\u'"
        case .digit: "a digit"
        case .literal: "true, false or null"
        case .noMoreDigits: "no digit after a leading zero"
        case .endOfText: "the end of the text after the value"
        }
    }
}
