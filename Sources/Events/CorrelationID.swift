/// Names what one event set off: the event, its executions and the events that those set off in turn.
///
/// Opaque: older ones read `ABCDEF1234_01`, ours are UUIDs, and a sender may bring its own. 1 to 128 bytes of
/// ``IdentifierAlphabet``.
package struct CorrelationID: Sendable, Hashable {
    package let text: String

    /// - Parameter member: what the error calls it; a header's name, if it came in one.
    package init(_ text: String, member: String = "cid") throws(EventsError) {
        try IdentifierAlphabet.check(text, member: member)
        self.text = text
    }

    package init(_ uuid: UUIDv7) { text = uuid.text }
}
