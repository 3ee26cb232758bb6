import JSONText

/// Attributes of an event that only some events have: `subject`, `dataschema` and extensions, encoded already.
///
/// An event without them costs nothing: no member, no memory.
package struct EventAttributes: Sendable, Equatable {
    /// Members as they stand behind others in an object: `,"subject":"42","sampledrate":10`.
    private(set) var members: [UInt8] = []

    package init() {}

    package var isEmpty: Bool { members.isEmpty }

    /// Adds an attribute whose value is a text.
    ///
    /// - Precondition: `name` is of `[a-z0-9]` and was not added before.
    package mutating func add(_ name: String, _ text: String) {
        appendName(name)
        JSONWriter.appendString(text, to: &members)
    }

    /// Adds an attribute whose value is a string, a boolean or a number among `bytes`, as it is.
    mutating func add(_ name: String, _ value: JSONValue, from bytes: [UInt8]) {
        appendName(name)
        value.append(to: &members, from: bytes)
    }

    private mutating func appendName(_ name: String) {
        precondition(AttributeName.isValid(name), "no name of an attribute")
        JSONWriter.appendRaw(",\"", to: &members)
        JSONWriter.appendRaw(name, to: &members)
        JSONWriter.appendRaw("\":", to: &members)
    }
}
