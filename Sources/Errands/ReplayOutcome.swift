import JSONText

/// What came of a replay.
///
/// ```json
/// {"events":[{"sequence":12,"id":"019ab3c4-…","recorded":77}],"skipped":[{"sequence":15,"reason":"…"}]}
/// {"refused":"…","events":[],"skipped":[]}
/// ```
/// `id` and `recorded`, a sequence, are the new event's.
package struct ReplayOutcome: Sendable, Equatable, Codable {
    package struct Event: Sendable, Equatable, Codable {
        package var sequence: UInt64
        package var id: String
        package var recorded: UInt64

        package init(sequence: UInt64, id: String, recorded: UInt64) {
            self.sequence = sequence
            self.id = id
            self.recorded = recorded
        }
    }

    package struct Skipped: Sendable, Equatable, Codable {
        package var sequence: UInt64
        package var reason: String

        package init(sequence: UInt64, reason: String) {
            self.sequence = sequence
            self.reason = reason
        }
    }

    /// Why nothing more was done.
    package var refused: String?
    package var events: [Event] = []
    package var skipped: [Skipped] = []

    package init(refused: String? = nil) { self.refused = refused }

    package var document: [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        if let refused {
            JSONWriter.appendRaw("\"refused\":", to: &bytes)
            JSONWriter.appendString(refused, to: &bytes)
            JSONWriter.appendRaw(",", to: &bytes)
        }
        JSONWriter.appendRaw("\"events\":[", to: &bytes)
        for (index, event) in events.enumerated() {
            JSONWriter.appendRaw("\(index == 0 ? "" : ","){\"sequence\":\(event.sequence),\"id\":", to: &bytes)
            JSONWriter.appendString(event.id, to: &bytes)
            JSONWriter.appendRaw(",\"recorded\":\(event.recorded)}", to: &bytes)
        }
        JSONWriter.appendRaw("],\"skipped\":[", to: &bytes)
        for (index, event) in skipped.enumerated() {
            JSONWriter.appendRaw("\(index == 0 ? "" : ","){\"sequence\":\(event.sequence),\"reason\":", to: &bytes)
            JSONWriter.appendString(event.reason, to: &bytes)
            JSONWriter.appendRaw("}", to: &bytes)
        }
        JSONWriter.appendRaw("]}\n", to: &bytes)
        return bytes
    }
}
