import JSONText

/// Events of the log that shall happen again.
///
/// ```json
/// {"since":1,"events":[12,15]}
/// ```
/// The sequences ascend. What the errand makes comes behind `since`, so that a search for it may begin there.
package struct ReplayErrand: Sendable, Equatable {
    /// Of one request: some seconds of work, and an answer of a megabyte.
    package static let eventsLimit = 10_000
    /// 20 digits and a comma for each event.
    static let bytesLimit = 64 + eventsLimit * 21

    package let since: UInt64
    package let sequences: [UInt64]

    /// - Parameter sequences: ascending, not empty.
    package init(since: UInt64, sequences: [UInt64]) throws(ErrandError) {
        guard sequences.count <= Self.eventsLimit else { throw .tooManyEvents(limit: Self.eventsLimit) }
        self.since = since
        self.sequences = sequences
    }

    var document: [UInt8] {
        Array("{\"since\":\(since),\"events\":[\(sequences.map(String.init).joined(separator: ","))]}\n".utf8)
    }

    /// Nil for what is no such document.
    init?(document bytes: [UInt8]) {
        func number(_ value: JSONValue) -> UInt64? {
            value.kind == .number ? UInt64(String(decoding: bytes[value.range], as: UTF8.self)) : nil
        }
        guard let document = try? JSONScanner.members(of: bytes, depthLimit: 4),
            let since = (document.member("since", in: bytes)?.value).flatMap(number),
            let events = document.member("events", in: bytes)?.value, events.kind == .array,
            let list = try? JSONScanner.elements(
                of: bytes, in: events.range, depthLimit: 2, elementsLimit: Self.eventsLimit)
        else { return nil }
        let sequences = list.elements.compactMap(number)
        guard sequences.count == list.elements.count, !sequences.isEmpty,
            zip(sequences, sequences.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        self.since = since
        self.sequences = sequences
    }
}
