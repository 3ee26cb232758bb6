import JSONText

/// An event of the log that is about to happen again: a new event that differs in its identity and in nothing else.
///
/// New are `id`, `sequence` and `recordedtime`; `causationid` is the original's `id`, and `fxreplay` says which replay it
/// was. What spoke of the original's request (`fxclaim`, `fxreleased`, `fxbatchrest`) stays with it. Everything else, the
/// payload above all, is passed through byte for byte.
package struct ReplayedEvent: Sendable {
    package let original: RecordedEvent
    private let line: [UInt8]
    private let members: [JSONMember]

    /// Members of the original that the new event does not have, or has anew.
    private static let dropped: Set<String> = [
        "fxbatchrest", "fxclaim", "fxreleased", "fxreplay", "causationid", "crc32c",
    ]

    /// - Parameter line: as it lies on the spool.
    package init(line: [UInt8]) throws(EventsError) {
        original = try RecordedEvent(line: line)
        members = try ObjectReader(line, depthLimit: line.count).document.members
        guard members.first?.isNamed("specversion", in: line) == true else { throw .memberMissing("specversion") }
        self.line = line
    }

    /// Of a replay and the original's sequence: `019ab3c4-…:42`. Which events a replay has made is found by it.
    package static func mark(replay: String, sequence: UInt64) -> String { "\(replay):\(sequence)" }

    /// The original's sequence that a mark of a replay tells; nil for another replay's.
    package static func sequence(ofMark mark: String, replay: String) -> UInt64? {
        mark.hasPrefix(replay + ":") ? UInt64(mark.dropFirst(replay.count + 1)) : nil
    }

    /// - Parameter replay: the replay's name, of `[0-9a-f-]`.
    package func spoolLine(id: String, recordedTime: Timestamp, replay: String) -> SpoolLine {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(line.count + 256)
        var sequenceOffset = 0
        for member in members {
            let name = member.decodedName(in: line)
            switch name {
            case "id":
                JSONWriter.appendRaw(",\"id\":", to: &bytes)
                JSONWriter.appendString(id, to: &bytes)
            case "sequence":
                sequenceOffset = SpoolLine.appendSequence(to: &bytes)
                bytes.append(UInt8(ascii: "\""))
            case "recordedtime":
                JSONWriter.appendRaw(",\"fxreplay\":", to: &bytes)
                JSONWriter.appendString(Self.mark(replay: replay, sequence: original.sequence), to: &bytes)
                JSONWriter.appendRaw(",\"recordedtime\":\"", to: &bytes)
                recordedTime.append(to: &bytes)
                JSONWriter.appendRaw("\",\"causationid\":", to: &bytes)
                JSONWriter.appendString(original.id, to: &bytes)
            case _ where Self.dropped.contains(name): continue
            default:
                bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
                bytes.append(contentsOf: line[member.name])
                bytes.append(UInt8(ascii: ":"))
                bytes.append(contentsOf: line[member.value.range])
            }
        }
        return SpoolLine(bytes: bytes, sequenceOffset: sequenceOffset)
    }
}
