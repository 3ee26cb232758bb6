/// One member of an object: its name and its value, as slices of the scanned bytes.
package struct JSONMember: Sendable, Equatable {
    /// The name with its quotes, as it was sent.
    package let name: Range<Int>
    package let value: JSONValue
    /// Whether the name must be decoded before it can be compared byte by byte.
    package let nameHasEscapes: Bool

    package init(name: Range<Int>, nameHasEscapes: Bool, value: JSONValue) {
        self.name = name
        self.nameHasEscapes = nameHasEscapes
        self.value = value
    }

    /// Whether this is the member of that name, however the sender escaped it: `"event\u005ftype"` is `event_type`.
    ///
    /// Compares code points, as RFC 8259 §8.3 asks, and allocates only for a name that has escapes.
    package func isNamed(_ text: String, in bytes: [UInt8]) -> Bool {
        guard nameHasEscapes else { return isWritten(text.utf8Span.span, in: bytes.span) }
        return JSONString.decodedBytes(name, in: bytes).elementsEqual(text.utf8)
    }

    /// Whether the name has no escapes and is made of these bytes.
    @inline(__always)
    fileprivate func isWritten(_ expected: Span<UInt8>, in bytes: Span<UInt8>) -> Bool {
        guard !nameHasEscapes, name.upperBound &- name.lowerBound &- 2 == expected.count else { return false }
        let start = name.lowerBound &+ 1
        for index in expected.indices where bytes.byte(at: start &+ index) != expected.byte(at: index) { return false }
        return true
    }

    /// The name's text, its escapes understood.
    package func decodedName(in bytes: [UInt8]) -> String { JSONString.decoded(name, in: bytes) }
}

/// A validated JSON text whose root's members were collected on the way.
package struct JSONDocument: Sendable, Equatable {
    package let root: JSONValue
    /// In the order they were sent, duplicates included; empty if the root is no object.
    package let members: [JSONMember]

    package init(root: JSONValue, members: [JSONMember]) {
        self.root = root
        self.members = members
    }

    /// The first member of that name.
    package func member(_ name: String, in bytes: [UInt8]) -> JSONMember? {
        let text = name.utf8Span.span
        let span = bytes.span
        for member in members {
            if member.isWritten(text, in: span) || member.nameHasEscapes && member.isNamed(name, in: bytes) {
                return member
            }
        }
        return nil
    }
}
