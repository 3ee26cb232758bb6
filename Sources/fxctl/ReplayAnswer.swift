import Errands
import Events

/// Which events were meant, and what came of them.
///
/// ```json
/// {"state":"replayed","request":"019ab3…","more":false,"events":[{"sequence":12,"id":"…","cid":"…","type":"…",
///  "tenant":"…","recordedtime":"…","replay":{"sequence":12,"id":"019ab3…","recorded":77}}]}
/// ```
struct ReplayAnswer: Encodable {
    enum State: String, Encodable {
        /// Nothing was asked.
        case chosen
        /// The bridge has not done it yet.
        case waiting
        case replayed
        case refused
    }

    struct Event: Encodable {
        var sequence: UInt64
        var id: String
        var cid: String
        var type: String
        var tenant: String
        var recordedtime: String
        /// The new event.
        var replay: ReplayOutcome.Event?
        /// Why there is none.
        var skipped: String?
    }

    var state: State
    var request: String?
    var refused: String?
    /// Whether the choice had more than the limit.
    var more: Bool
    var events: [Event]

    init(_ chosen: [RecordedEvent], state: State, hasMore: Bool) {
        self.state = state
        more = hasMore
        events = chosen.map { event in
            Event(
                sequence: event.sequence, id: event.id, cid: event.cid.text, type: event.type, tenant: event.tenant,
                recordedtime: event.recordedTime.text)
        }
    }

    mutating func add(_ outcome: ReplayOutcome) {
        state = outcome.refused == nil ? .replayed : .refused
        refused = outcome.refused
        let replays = Dictionary(outcome.events.map { ($0.sequence, $0) }) { first, _ in first }
        let reasons = Dictionary(outcome.skipped.map { ($0.sequence, $0.reason) }) { first, _ in first }
        for index in events.indices {
            events[index].replay = replays[events[index].sequence]
            events[index].skipped = reasons[events[index].sequence]
        }
    }

    /// Whether nothing failed; what still waits may yet.
    var isComplete: Bool { state != .refused && events.allSatisfy { $0.skipped == nil } }

    var text: String {
        guard !events.isEmpty else { return "There are no such events." }
        var rows = [["SEQUENCE", "RECORDED", "CID", "TYPE", "EVENT", "REPLAY"]]
        for event in events {
            let replay =
                event.replay.map { "\($0.id), events \($0.recorded)" } ?? event.skipped
                ?? (state == .chosen ? "-" : state.rawValue)
            rows.append(["\(event.sequence)", event.recordedtime, event.cid, event.type, event.id, replay])
        }
        var parts = [TextTable.text(rows)]
        if let refused { parts.append("Refused: \(refused)") }
        if state == .waiting {
            parts.append("The bridge has not done it yet; it will, at its next start at the latest.")
        }
        if more { parts.append("There are more: see --limit.") }
        return parts.joined(separator: "\n")
    }
}
