import DurableIO
import Events
import Foundation
import JSONText
import Spool
import StatusIndex
import Testing
import Threading

/// A spool, an indexer that follows it, and what the indexer has said.
final class IndexerFixture {
    let root: String
    private(set) var recent = RecentEvents()
    let notices = Monitor<[StatusIndexer.Notice]>([])
    private(set) var indexer: StatusIndexer
    private let committed: Monitor<LogPosition>
    private var events: LogAppender?

    var layout: SpoolLayout { SpoolLayout(root: root) }
    var path: String { root + "/index.sqlite" }
    var reader: StatusIndexReader { StatusIndexReader(path: path) }

    init() throws {
        let memory = "/dev/shm"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        root = parent + "/fx-indexer-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
        let log = try Self.appender(of: SpoolLayout(root: root).events, in: root)
        committed = Monitor(log.position)
        events = log
        indexer = Self.indexer(root, recent, committed, notices)
        try LinuxDisk().makeDirectory(layout.executions)
    }

    deinit {
        indexer.stop()
        try? FileManager.default.removeItem(atPath: root)
    }

    private static func indexer(
        _ root: String, _ recent: RecentEvents, _ committed: Monitor<LogPosition>,
        _ notices: Monitor<[StatusIndexer.Notice]>
    ) -> StatusIndexer {
        StatusIndexer(
            path: root + "/index.sqlite", layout: SpoolLayout(root: root), disk: LinuxDisk(), recent: recent,
            committed: { committed.withLock { $0 } }, lookMilliseconds: 100
        ) { notice in
            notices.update {
                $0.append(notice)
                return .all
            }
        }
    }

    private static func appender(of log: String, in root: String) throws -> LogAppender {
        try LogAppender(
            directory: log, quarantine: root + "/quarantine", options: LogOptions(reserveBytes: 0), disk: LinuxDisk())
    }

    /// Ends the indexer and puts another one in its place, as a new process would.
    func restart() throws {
        indexer.stop()
        notices.withLock { $0 = [] }
        recent = RecentEvents()
        indexer = Self.indexer(root, recent, committed, notices)
        try indexer.start()
    }

    /// Opens the event log again, as a new process would; recovery is its own affair.
    func reopenLog() throws {
        events = nil
        let log = try Self.appender(of: layout.events, in: root)
        committed.withLock { $0 = log.position }
        events = log
    }

    // MARK: - Logs

    /// Puts an event for each cid on the log, in one group, and tells the indexer.
    func accept(_ cids: String..., type: String = "t", tenant: String = "acme") throws {
        try accept(cids, type: type, tenant: tenant)
    }

    func accept(_ cids: [String], type: String = "t", tenant: String = "acme") throws {
        var group = CommitGroup()
        for cid in cids {
            let event = EventLine(
                id: "id-\(cid)", source: EventSource("/s"), type: type,
                recordedTime: Timestamp(microseconds: 2), cid: try CorrelationID(cid), tenant: tenant, authID: "tok_1")
            let null = JSONValue(kind: .null, range: 0..<4, hasNewlines: false)
            let line = event.spoolLine(data: .json(null), of: Array("null".utf8))
            group.add(line.bytes, sequenceOffset: line.sequenceOffset)
        }
        try append(&group)
    }

    /// Puts events on the log as this process's own: who made them durable has noted them before.
    func acceptNoted(_ cids: String..., tenant: String = "acme") throws {
        for (index, cid) in cids.enumerated() {
            recent.note(
                RecentEvent(
                    sequence: committed.withLock { $0.nextSequence } + UInt64(index), tenant: tenant, cid: cid,
                    id: "id-\(cid)", isIDSent: true, type: "t", recordedMicroseconds: 2))
        }
        try accept(cids, tenant: tenant)
    }

    /// Puts a line on the event log that is no event.
    func acceptForeignLine() throws {
        var group = CommitGroup()
        let head = #"{"sequence":""#
        group.add(Array((head + "00000000000000000000\",\"x\":1").utf8), sequenceOffset: head.utf8.count)
        try append(&group)
    }

    private func append(_ group: inout CommitGroup) throws {
        let log = try #require(events)
        _ = try log.append(&group)
        committed.withLock { $0 = log.position }
        indexer.poke()
    }

    /// Writes a report to a writer's log, as another process would, and tells the indexer.
    func report(_ id: String, _ status: ExecutionStatus, cid: String, writer: String = "runner") throws {
        let log = try Self.appender(of: layout.executions(writer: writer), in: root)
        let report = ExecutionReport(cid: try CorrelationID(cid), executionID: id, service: "s", status: status)
        let line = report.spoolLine(tenant: "acme", authID: "tok_1", recordedTime: Timestamp(microseconds: 5))
        var group = CommitGroup()
        group.add(line.bytes, sequenceOffset: line.sequenceOffset)
        _ = try log.append(&group)
        indexer.poke()
    }

    /// Writes bytes into a file at an offset.
    func overwrite(_ path: String, at offset: UInt64, with bytes: [UInt8]) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data(bytes))
    }

    // MARK: - Waiting

    /// Waits for something that another thread brings about; false if it never does.
    func waits(for condition: () throws -> Bool) rethrows -> Bool {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while ContinuousClock.now < deadline {
            if try condition() { return true }
            sched_yield()
        }
        return false
    }

    func waitsForEvent(_ cid: String, tenant: String = "acme") -> Bool {
        waits { (try? reader.isKnown(cid: cid, tenant: tenant)) == true }
    }

    func waitsForExecution(_ id: String, status: ExecutionStatus) -> Bool {
        waits { (try? reader.execution(id: id, tenant: "acme"))??.status == status.indexCode }
    }

    /// Waits for a notice that `match` gives a value for.
    func notice<Value>(_ match: (StatusIndexer.Notice) -> Value?) throws -> Value {
        let found = notices.wait(milliseconds: 20_000) { $0.lazy.compactMap(match).first }
        return try #require(found, "\(notices.withLock { $0 })")
    }

    var findings: [LogFinding] {
        notices.withLock { $0.compactMap { if case .finding(let finding) = $0 { finding } else { nil } } }
    }
}

extension StatusIndexer.Notice {
    var caughtUp: UInt64? { if case .caughtUp(let next) = self { next } else { nil } }
    var finding: LogFinding? { if case .finding(let finding) = self { finding } else { nil } }
    var rebuiltBecause: StatusIndexError? { if case .rebuilding(let error) = self { error } else { nil } }
    var failure: StatusIndexError? { if case .failed(let error) = self { error } else { nil } }
    var unreadable: SpoolError? { if case .cannotRead(let error) = self { error } else { nil } }
}
