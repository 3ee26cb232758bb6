/// One member of an object: its name and its value, as slices of the scanned bytes.
package struct JSONMember: Sendable, Equatable {
    /// The name with its quotes, as it was sent.
    package let name: Range<Int>
    /// Whether the name must be decoded before it can be compared byte by byte.
    package let nameHasEscapes: Bool
    package let value: JSONValue

    package init(name: Range<Int>, nameHasEscapes: Bool, value: JSONValue) {
        self.name = name
        self.nameHasEscapes = nameHasEscapes
        self.value = value
    }

    /// Whether this is the member of that name, however the sender escaped it: `"event\u005ftype"` is `event_type`.
    ///
    /// Compares code points, as RFC 8259 §8.3 asks, and allocates only for a name that has escapes.
    package func isNamed(_ text: String, in bytes: [UInt8]) -> Bool {
        guard !nameHasEscapes else { return JSONString.decodedBytes(name, in: bytes).elementsEqual(text.utf8) }
        let expected = text.utf8Span.span
        let content = (name.lowerBound + 1)..<(name.upperBound - 1)
        guard content.count == expected.count else { return false }
        let found = bytes.span
        for index in expected.indices where found[content.lowerBound + index] != expected[index] { return false }
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
        for member in members where member.isNamed(name, in: bytes) { return member }
        return nil
    }
}
