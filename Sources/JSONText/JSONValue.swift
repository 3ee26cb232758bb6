/// What a JSON value is (RFC 8259 §3).
package enum JSONKind: UInt8, Sendable {
    case object, array, string, number, boolean, null

    /// The kind of a valid value by its first byte; RFC 8259 makes that byte decide.
    init(firstByte: UInt8) {
        switch firstByte {
        case UInt8(ascii: "{"): self = .object
        case UInt8(ascii: "["): self = .array
        case UInt8(ascii: "\""): self = .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .boolean
        case UInt8(ascii: "n"): self = .null
        default: self = .number
        }
    }

    /// With its article, to stand in a sentence: "an object".
    package var description: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .boolean: "a boolean"
        case .null: "null"
        }
    }
}

/// A validated value: a slice of the bytes that were scanned, never a copy of them.
///
/// It means nothing without those very bytes; every function that needs them takes them as `bytes`.
package struct JSONValue: Sendable, Equatable {
    /// From the value's first byte (a string's quote) to behind its last; no white space around it.
    package let range: Range<Int>
    package let kind: JSONKind
    /// Whether a line feed or carriage return stands between the value's tokens.
    ///
    /// They can stand nowhere else in valid JSON: inside a string they must be escaped.
    package let hasNewlines: Bool

    package init(kind: JSONKind, range: Range<Int>, hasNewlines: Bool) {
        self.kind = kind
        self.range = range
        self.hasNewlines = hasNewlines
    }

    /// The text of a string, its escapes understood; `nil` if the value is of another kind.
    package func string(in bytes: [UInt8]) -> String? {
        kind == .string ? JSONString.decoded(range, in: bytes) : nil
    }

    /// Appends the value as it was sent, but without the newlines between its tokens.
    ///
    /// What is appended is one line and the same JSON text: nothing else is changed, dropped or encoded again.
    package func append(to output: inout [UInt8], from bytes: [UInt8]) {
        guard hasNewlines else {
            output.append(contentsOf: bytes[range])
            return
        }
        // Line by line; dropping every 0x0A and 0x0D is right, see `hasNewlines`.
        let text = bytes.span.extracting(..<range.upperBound)
        var start = range.lowerBound
        while start < range.upperBound {
            let end = ByteRun.lineEnd(in: text, from: start)
            output.append(contentsOf: bytes[start..<end])
            start = end + 1
        }
    }
}
