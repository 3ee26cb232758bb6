/// A position in a JSON text that moves over whole values, checking them.
///
/// The bytes are an argument of every step: a stored span would need a lifetime annotation that Swift 6.3 still calls
/// experimental. They end where the text ends; all offsets count from their start, also in a scan of a part of them.
struct JSONCursor {
    private(set) var position: Int
    /// The last newline between tokens, -1 before the first: a value has newlines if it began at or before this.
    private var newlineOffset = -1

    init(at position: Int) {
        precondition(position >= 0, "the range lies outside of the bytes")
        self.position = position
    }

    /// The byte at the position; 0 at the end, which is no token's first byte either.
    @inline(__always)
    func byte(_ bytes: Span<UInt8>) -> UInt8 { bytes.byte(at: position) }

    /// Steps to the first token.
    mutating func beginText(_ bytes: Span<UInt8>) throws(JSONTextError) {
        if bytes.byte(at: position) == 0xEF, bytes.byte(at: position + 1) == 0xBB, bytes.byte(at: position + 2) == 0xBF
        {
            throw .byteOrderMark(offset: position)
        }
        skipWhitespace(bytes)
    }

    /// Makes sure that nothing but white space is left.
    mutating func endText(_ bytes: Span<UInt8>) throws(JSONTextError) {
        skipWhitespace(bytes)
        if position < bytes.count { throw unexpected(bytes, expected: .endOfText) }
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
            guard byte(bytes) == UInt8(ascii: "\"") else { throw unexpected(bytes, expected: nameExpected) }
            let nameStart = position
            let nameHasEscapes = try skipString(bytes)
            let nameEnd = position
            _ = try skipColon(bytes)
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
        let first = byte(bytes)
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try skipContainer(bytes, depthLimit: depthLimit - enclosing, depthLimitTold: depthLimit)
        case UInt8(ascii: "\""): _ = try skipString(bytes)
        default: position = try JSONScalar.end(in: bytes, from: start, expected: expected)
        }
        return JSONValue(
            kind: JSONKind(firstByte: first), range: start..<position, hasNewlines: newlineOffset >= start)
    }

    /// Steps over the object or array at the position.
    ///
    /// This is where a scan spends its time. Each step decides by one word of eight bytes: a comma or colon, mostly the
    /// space behind it, and the first byte of what follows.
    private mutating func skipContainer(
        _ bytes: Span<UInt8>, depthLimit: Int, depthLimitTold: Int
    ) throws(JSONTextError) {
        var open = JSONContainerStack(depthLimit: depthLimit)
        // A copy that nobody else sees is kept in registers.
        var cursor = self
        var expected = JSONExpectation.value
        var first = cursor.byte(bytes)
        tokens: while true {
            // Here a value must begin, or a member's name.
            if first == UInt8(ascii: "\"") {
                cursor.position = try JSONString.end(in: bytes, from: cursor.position).end
                if expected == .name || expected == .nameOrClosingBrace {
                    first = try cursor.skipColon(bytes)
                    expected = .value
                    continue
                }
            } else if expected == .name || expected == .nameOrClosingBrace {
                throw cursor.unexpected(bytes, expected: expected)
            } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                let isObject = first == UInt8(ascii: "{")
                guard open.push(isObject: isObject) else {
                    throw .tooDeep(offset: cursor.position, limit: depthLimitTold)
                }
                first = cursor.step(bytes, over: bytes.word(at: cursor.position))
                if first != open.closingByte {
                    expected = isObject ? .nameOrClosingBrace : .valueOrClosingBracket
                    continue
                }
            } else {
                cursor.position = try JSONScalar.end(in: bytes, from: cursor.position, expected: expected)
            }
            // Here a value has ended, or an empty container is about to; it may be the last one of its container, and
            // that of its own.
            while true {
                let word = bytes.word(at: cursor.position)
                let byte = UInt8(truncatingIfNeeded: word)
                if byte == UInt8(ascii: ",") {
                    first = cursor.step(bytes, over: word)
                    expected = open.isInsideObject ? .name : .value
                    continue tokens
                }
                if byte == open.closingByte {
                    cursor.position &+= 1
                    if open.popsLast() {
                        self = cursor
                        return
                    }
                } else {
                    let end = cursor.position
                    cursor = cursor.afterWhitespace(bytes)
                    guard cursor.position > end else {
                        throw cursor.unexpected(
                            bytes, expected: open.isInsideObject ? .commaOrClosingBrace : .commaOrClosingBracket)
                    }
                }
            }
        }
    }

    /// Steps over one byte and the white space behind it; gives the byte that follows.
    ///
    /// - Parameter word: the one at the position.
    @inline(__always)
    private mutating func step(_ bytes: Span<UInt8>, over word: UInt64) -> UInt8 {
        // Most writers of JSON put no space there, or one.
        let second = UInt8(truncatingIfNeeded: word >> 8)
        position &+= 1
        if second > UInt8(ascii: " ") { return second }
        if second == UInt8(ascii: " ") {
            position &+= 1
            let third = UInt8(truncatingIfNeeded: word >> 16)
            if third > UInt8(ascii: " ") { return third }
        }
        self = afterWhitespace(bytes)
        return byte(bytes)
    }

    @inline(__always)
    private mutating func skipWhitespace(_ bytes: Span<UInt8>) {
        if byte(bytes) <= UInt8(ascii: " ") { self = afterWhitespace(bytes) }
    }

    /// Behind all white space.
    @inline(never)
    private func afterWhitespace(_ bytes: Span<UInt8>) -> JSONCursor {
        var cursor = self
        while true {
            switch bytes.byte(at: cursor.position) {
            case UInt8(ascii: " "):
                // Indented texts have many.
                cursor.position &+= bytes.word(at: cursor.position) == 0x2020_2020_2020_2020 ? 8 : 1
            case UInt8(ascii: "\t"): cursor.position &+= 1
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                cursor.newlineOffset = cursor.position
                cursor.position &+= 1
            default: return cursor
            }
        }
    }

    /// Steps over the colon behind a name and to the value's first byte, which it gives.
    @inline(__always)
    private mutating func skipColon(_ bytes: Span<UInt8>) throws(JSONTextError) -> UInt8 {
        var word = bytes.word(at: position)
        if UInt8(truncatingIfNeeded: word) != UInt8(ascii: ":") {
            self = afterWhitespace(bytes)
            word = bytes.word(at: position)
            guard UInt8(truncatingIfNeeded: word) == UInt8(ascii: ":") else {
                throw unexpected(bytes, expected: .colon)
            }
        }
        return step(bytes, over: word)
    }

    /// Steps over the string at the position; true if it has escapes.
    @inline(never)
    private mutating func skipString(_ bytes: Span<UInt8>) throws(JSONTextError) -> Bool {
        let string = try JSONString.end(in: bytes, from: position)
        position = string.end
        return string.hasEscapes
    }

    private func unexpected(_ bytes: Span<UInt8>, expected: JSONExpectation) -> JSONTextError {
        .unexpected(in: bytes, at: position, expected: expected)
    }
}
