/// A position in a JSON text that moves over whole values, checking them.
///
/// The bytes are an argument of every step: a stored span would need a lifetime annotation that Swift 6.3 still calls
/// experimental. All offsets count from the start of the span, also in a scan of a part of it.
struct JSONCursor {
    private let end: Int
    private(set) var position: Int
    /// The last newline between tokens, -1 before the first: a value has newlines if it began at or before this.
    private var newlineOffset = -1

    init(_ range: Range<Int>, of bytes: Span<UInt8>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range lies outside of the bytes")
        position = range.lowerBound
        end = range.upperBound
    }

    /// The byte at the position; 0 at the end, which is no token's first byte either.
    @inline(__always)
    func byte(_ bytes: Span<UInt8>) -> UInt8 { position < end ? bytes[position] : 0 }

    /// Steps to the first token.
    mutating func beginText(_ bytes: Span<UInt8>) throws(JSONTextError) {
        if end - position >= 3, bytes[position] == 0xEF, bytes[position + 1] == 0xBB, bytes[position + 2] == 0xBF {
            throw .byteOrderMark(offset: position)
        }
        skipWhitespace(bytes)
    }

    /// Makes sure that nothing but white space is left.
    mutating func endText(_ bytes: Span<UInt8>) throws(JSONTextError) {
        skipWhitespace(bytes)
        if position < end { throw unexpected(bytes, expected: .endOfText) }
    }

    /// Steps over the object at the position and hands each of its members to `visit`.
    @inline(__always)
    mutating func object(
        _ bytes: Span<UInt8>, depthLimit: Int, visit: (JSONMember) throws(JSONTextError) -> Void
    ) throws(JSONTextError) -> JSONValue {
        let start = position
        guard depthLimit > 0 else { throw .tooDeep(offset: start, limit: depthLimit) }
        position += 1
        skipWhitespace(bytes)
        if byte(bytes) == UInt8(ascii: "}") {
            position += 1
            return JSONValue(kind: .object, range: start..<position, hasNewlines: newlineOffset >= start)
        }
        var nameExpected = JSONExpectation.nameOrClosingBrace
        while true {
            let nameStart = position
            let nameHasEscapes = try skipName(bytes, expected: nameExpected)
            let nameEnd = position
            try skipColon(bytes)
            let value = try value(bytes, enclosing: 1, depthLimit: depthLimit)
            try visit(JSONMember(name: nameStart..<nameEnd, nameHasEscapes: nameHasEscapes, value: value))
            skipWhitespace(bytes)
            switch byte(bytes) {
            case UInt8(ascii: ","):
                position += 1
                skipWhitespace(bytes)
                nameExpected = .name
            case UInt8(ascii: "}"):
                position += 1
                return JSONValue(kind: .object, range: start..<position, hasNewlines: newlineOffset >= start)
            default: throw unexpected(bytes, expected: .commaOrClosingBrace)
            }
        }
    }

    /// Steps over the array at the position and hands each of its elements to `visit`.
    @inline(__always)
    mutating func array(
        _ bytes: Span<UInt8>, depthLimit: Int, visit: (JSONValue) throws(JSONTextError) -> Void
    ) throws(JSONTextError) -> JSONValue {
        let start = position
        guard depthLimit > 0 else { throw .tooDeep(offset: start, limit: depthLimit) }
        position += 1
        skipWhitespace(bytes)
        if byte(bytes) == UInt8(ascii: "]") {
            position += 1
            return JSONValue(kind: .array, range: start..<position, hasNewlines: newlineOffset >= start)
        }
        var expected = JSONExpectation.valueOrClosingBracket
        while true {
            try visit(value(bytes, enclosing: 1, depthLimit: depthLimit, expected: expected))
            skipWhitespace(bytes)
            switch byte(bytes) {
            case UInt8(ascii: ","):
                position += 1
                skipWhitespace(bytes)
                expected = .value
            case UInt8(ascii: "]"):
                position += 1
                return JSONValue(kind: .array, range: start..<position, hasNewlines: newlineOffset >= start)
            default: throw unexpected(bytes, expected: .commaOrClosingBracket)
            }
        }
    }

    /// Steps over the value at the position, whatever is in it.
    ///
    /// - Parameter enclosing: how many of the `depthLimit` objects and arrays are open already.
    mutating func value(
        _ bytes: Span<UInt8>, enclosing: Int, depthLimit: Int, expected: JSONExpectation = .value
    ) throws(JSONTextError) -> JSONValue {
        let start = position
        let kind = JSONKind(firstByte: byte(bytes))
        try skipValue(bytes, depthLimit: depthLimit - enclosing, depthLimitTold: depthLimit, expected: expected)
        return JSONValue(kind: kind, range: start..<position, hasNewlines: newlineOffset >= start)
    }

    private mutating func skipValue(
        _ bytes: Span<UInt8>, depthLimit: Int, depthLimitTold: Int, expected: JSONExpectation
    ) throws(JSONTextError) {
        var open = JSONContainerStack()
        var expected = expected
        values: while true {
            // Here a value must begin.
            switch byte(bytes) {
            case UInt8(ascii: "\""):
                _ = try skipString(bytes)
            case UInt8(ascii: "{"):
                guard open.depth < depthLimit else { throw .tooDeep(offset: position, limit: depthLimitTold) }
                position += 1
                skipWhitespace(bytes)
                if byte(bytes) == UInt8(ascii: "}") {
                    position += 1
                } else {
                    open.push(isObject: true)
                    _ = try skipName(bytes, expected: .nameOrClosingBrace)
                    try skipColon(bytes)
                    expected = .value
                    continue values
                }
            case UInt8(ascii: "["):
                guard open.depth < depthLimit else { throw .tooDeep(offset: position, limit: depthLimitTold) }
                position += 1
                skipWhitespace(bytes)
                if byte(bytes) == UInt8(ascii: "]") {
                    position += 1
                } else {
                    open.push(isObject: false)
                    expected = .valueOrClosingBracket
                    continue values
                }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                try skipNumber(bytes)
            case UInt8(ascii: "t"):
                try skipLiteral(bytes, "true")
            case UInt8(ascii: "f"):
                try skipLiteral(bytes, "false")
            case UInt8(ascii: "n"):
                try skipLiteral(bytes, "null")
            default:
                throw unexpected(bytes, expected: expected)
            }
            // Here a value has ended; it may be the last one of its container, and that of its own.
            while true {
                if open.depth == 0 { return }
                skipWhitespace(bytes)
                switch byte(bytes) {
                case UInt8(ascii: ","):
                    position += 1
                    skipWhitespace(bytes)
                    if open.isInsideObject {
                        _ = try skipName(bytes, expected: .name)
                        try skipColon(bytes)
                    }
                    expected = .value
                    continue values
                case UInt8(ascii: "}") where open.isInsideObject, UInt8(ascii: "]") where !open.isInsideObject:
                    position += 1
                    open.pop()
                default:
                    throw unexpected(
                        bytes, expected: open.isInsideObject ? .commaOrClosingBrace : .commaOrClosingBracket)
                }
            }
        }
    }

    @inline(__always)
    private mutating func skipWhitespace(_ bytes: Span<UInt8>) {
        while position < end {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): position += 1
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                newlineOffset = position
                position += 1
            default: return
            }
        }
    }

    /// Steps over a member's name; true if it has escapes.
    @inline(__always)
    private mutating func skipName(_ bytes: Span<UInt8>, expected: JSONExpectation) throws(JSONTextError) -> Bool {
        guard byte(bytes) == UInt8(ascii: "\"") else { throw unexpected(bytes, expected: expected) }
        return try skipString(bytes)
    }

    /// Steps over the colon behind a name and to the value's first byte.
    @inline(__always)
    private mutating func skipColon(_ bytes: Span<UInt8>) throws(JSONTextError) {
        skipWhitespace(bytes)
        guard byte(bytes) == UInt8(ascii: ":") else { throw unexpected(bytes, expected: .colon) }
        position += 1
        skipWhitespace(bytes)
    }

    /// Steps over a string; true if it has escapes.
    private mutating func skipString(_ bytes: Span<UInt8>) throws(JSONTextError) -> Bool {
        var hasEscapes = false
        position += 1
        while true {
            position = ByteRun.plainEnd(in: bytes, from: position, to: end)
            switch byte(bytes) {
            case UInt8(ascii: "\""):
                position += 1
                return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape(bytes)
            case 0x80...0xFF:
                guard let next = JSONString.scalarEnd(in: bytes, from: position, to: end) else {
                    throw .invalidUTF8(offset: position)
                }
                position = next
            case let control:
                guard position < end else { throw .endOfInput(offset: end, expected: .closingQuote) }
                throw .controlCharacter(control, offset: position)
            }
        }
    }

    private mutating func skipEscape(_ bytes: Span<UInt8>) throws(JSONTextError) {
        let start = position
        position += 1
        switch byte(bytes) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            let unit = try skipHexadecimalDigits(bytes)
            guard unit & 0xF800 == 0xD800 else { return }
            guard unit < 0xDC00, byte(bytes) == UInt8(ascii: "\\") else { throw .loneSurrogate(offset: start) }
            position += 1
            guard byte(bytes) == UInt8(ascii: "u") else { throw .loneSurrogate(offset: start) }
            position += 1
            guard try skipHexadecimalDigits(bytes) & 0xFC00 == 0xDC00 else { throw .loneSurrogate(offset: start) }
        default:
            throw unexpected(bytes, expected: .escape)
        }
    }

    private mutating func skipHexadecimalDigits(_ bytes: Span<UInt8>) throws(JSONTextError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = JSONString.hexadecimalDigit(byte(bytes)) else {
                throw unexpected(bytes, expected: .hexadecimalDigit)
            }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    private mutating func skipNumber(_ bytes: Span<UInt8>) throws(JSONTextError) {
        if byte(bytes) == UInt8(ascii: "-") { position += 1 }
        if byte(bytes) == UInt8(ascii: "0") {
            position += 1
            if isDigit(byte(bytes)) { throw unexpected(bytes, expected: .noMoreDigits) }
        } else {
            try skipDigits(bytes)
        }
        if byte(bytes) == UInt8(ascii: ".") {
            position += 1
            try skipDigits(bytes)
        }
        if byte(bytes) | 0x20 == UInt8(ascii: "e") {
            position += 1
            if byte(bytes) == UInt8(ascii: "+") || byte(bytes) == UInt8(ascii: "-") { position += 1 }
            try skipDigits(bytes)
        }
    }

    @inline(__always)
    private mutating func skipDigits(_ bytes: Span<UInt8>) throws(JSONTextError) {
        guard isDigit(byte(bytes)) else { throw unexpected(bytes, expected: .digit) }
        repeat { position += 1 } while isDigit(byte(bytes))
    }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    @inline(__always)
    private mutating func skipLiteral(_ bytes: Span<UInt8>, _ text: String) throws(JSONTextError) {
        for expected in text.utf8 {
            guard byte(bytes) == expected else { throw unexpected(bytes, expected: .literal) }
            position += 1
        }
    }

    @inline(never)
    private func unexpected(_ bytes: Span<UInt8>, expected: JSONExpectation) -> JSONTextError {
        guard position < end else { return .endOfInput(offset: end, expected: expected) }
        return .unexpectedByte(bytes[position], offset: position, expected: expected)
    }
}
