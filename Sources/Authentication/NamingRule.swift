/// Names an event by what its request carries: `{"header":"X-Topic","matches":"orders/*","type":"com.shop.{}"}`.
package struct NamingRule: Sendable, Equatable {
    /// A key's rules are tried against each of its events.
    package static let countLimit = 32
    package static let operandBytesLimit = 256

    /// Where the value is looked for.
    package enum Operand: Sendable, Equatable {
        /// A header field, by its name; of several fields the first.
        case header(String)
        /// A member of the body, by an RFC 6901 pointer: `/repository/name`. A text is compared without its quotes,
        /// a number, `true`, `false` or `null` as written; an object or an array never matches.
        case pointer(String)
    }

    package let operand: Operand
    /// What the whole value must match; nil is content with any value.
    package let pattern: Glob?
    /// What the event is called then. `{}` stands for the value that was found.
    package let naming: EventNaming

    /// Returns nil for a header's name that is no token (RFC 9110 §5.6.2), a pointer that is none, an operand longer
    /// than ``operandBytesLimit``, or a rule that names nothing.
    package init?(_ operand: Operand, matches pattern: Glob?, naming: EventNaming) {
        switch operand {
        case .header(let name): guard Self.isFieldName(name) else { return nil }
        case .pointer(let text): guard Self.isPointer(text) else { return nil }
        }
        guard !naming.isEmpty else { return nil }
        self.operand = operand
        self.pattern = pattern
        self.naming = naming
    }

    /// RFC 9110 §5.1, and no `_`: `X_Topic` and `X-Topic` are one name to CGI.
    static func isFieldName(_ text: String) -> Bool {
        (1...operandBytesLimit).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// Empty, or `/` before each reference token; `~` is followed by `0` or `1` (RFC 6901 §3).
    private static func isPointer(_ text: String) -> Bool {
        guard text.utf8.count <= operandBytesLimit else { return false }
        var previous: UInt8?
        for byte in text.utf8 {
            if previous == nil, byte != UInt8(ascii: "/") { return false }
            if previous == UInt8(ascii: "~"), byte != UInt8(ascii: "0"), byte != UInt8(ascii: "1") { return false }
            if byte < 0x20 || byte == 0x7F { return false }
            previous = byte
        }
        return previous != UInt8(ascii: "~")
    }
}
