import ArgumentParser
import Authentication
import DurableIO
import Errands
import Events
import Settings
import Spool
import StatusIndex

/// Events of the log that a command is about, in the order of the log; those that a replay made are not.
struct EventChoice {
    private let layout: SpoolLayout
    private let index: String
    private let tenant: String?
    private let glob: Glob?
    private let limit: Int
    private let disk = LinuxDisk()

    private(set) var events: [RecordedEvent] = []
    private(set) var hasMore = false

    init(_ settings: BridgeSettings, tenant: String?, type: String?, limit: Int) throws {
        layout = SpoolLayout(root: settings.spool.directory)
        index = settings.index.file
        self.tenant = tenant
        glob = try type.map { text -> Glob in
            guard let glob = Glob(text) else { throw ValidationError("--type is no pattern of event types") }
            return glob
        }
        self.limit = limit
    }

    /// Of one cid: those that are no part of the choice count too.
    private static let rowsLimit = 2 * ReplayErrand.eventsLimit

    /// - Throws: ``CommandError/noSuchEvent(cid:)``
    mutating func addEvents(ofCID cid: String) throws {
        let rows = try StatusIndexReader(path: index).events(ofCID: cid, tenant: tenant, limit: Self.rowsLimit)
        guard !rows.isEmpty else { throw CommandError.noSuchEvent(cid: cid) }
        let picker = RecordPicker(directory: layout.events, disk: disk)
        for row in rows where matches(type: ExecutionRendering.text(row.type)) && !hasMore {
            guard let line = try picker.line(row.sequence) else { continue }
            add(try RecordedEvent(line: line))
        }
        if rows.count == Self.rowsLimit { hasMore = true }
    }

    /// A record bears the time at which it came to wait for the disk: by so much those of neighbouring segments may be
    /// out of order.
    private static let disorderMicroseconds: Int64 = 60_000_000

    mutating func addEvents(sinceMicroseconds since: Int64) throws {
        let sought = since.subtractingReportingOverflow(Self.disorderMicroseconds)
        let first = try LogSeek.segment(in: layout.events, disk: disk) { bytes, range in
            guard let event = try? RecordedEvent(line: bytes, in: range) else { return false }
            return event.recordedTime.microseconds < (sought.overflow ? .min : sought.partialValue)
        }
        let reader = LogReader(directory: layout.events, disk: disk, from: first)
        while !hasMore {
            switch try reader.next() {
            case .record(_, let range):
                // Records of the first segment may be older, and looking at that much costs a tenth.
                let envelope = EventEnvelope(line: reader.buffer, in: range)
                if let envelope, envelope.recordedTime.microseconds < since { continue }
                let event = try RecordedEvent(line: reader.buffer, in: range)
                guard event.recordedTime.microseconds >= since, tenant == nil || event.tenant == tenant,
                    matches(type: event.type)
                else { continue }
                add(event)
            case .damaged, .missing: continue
            case .end: return
            }
        }
    }

    /// No record that is still to come has a lower sequence.
    func lastSegmentSequence() throws -> UInt64 {
        try LogStatistics.lastSegmentSequence(in: layout.events, disk: disk)
    }

    private func matches(type: String) -> Bool { glob?.matches(type) ?? true }

    private mutating func add(_ event: RecordedEvent) {
        guard event.replay == nil else { return }
        hasMore = events.count == limit
        if !hasMore { events.append(event) }
    }
}
