import DurableIO
import Events
import Foundation
import Spool
import StatusIndex
import Testing
import Threading

struct StatusIndexerTrimTests {
    private final class Spool: Sendable {
        let layout: SpoolLayout
        var index: String { layout.root + "/index.sqlite" }

        init() throws {
            layout = SpoolLayout(root: "/dev/shm/fx-indexer-test-\(UUID().uuidString)")
            try LinuxDisk().makeDirectory(layout.root)
        }

        deinit { try? FileManager.default.removeItem(atPath: layout.root) }

        /// One segment for each event.
        func fill(_ cids: [String]) throws -> LogAppender {
            let log = try LogAppender(
                directory: layout.events, quarantine: layout.quarantine,
                options: LogOptions(segmentBytes: 1, reserveBytes: 0), disk: LinuxDisk())
            for cid in cids {
                let head = #"{"id":"i\#(cid)","type":"t","correlationid":"\#(cid)","fxtenant":"acme","sequence":""#
                let tail = #"00000000000000000000","recordedtime":"2026-01-02T03:04:05.678901Z","data":1"#
                var group = CommitGroup()
                group.add(Array((head + tail).utf8), sequenceOffset: head.utf8.count)
                _ = try log.append(&group)
            }
            return log
        }

        /// One segment for each report, a second apart.
        func fillReports(_ reports: [(id: String, status: ExecutionStatus)]) throws {
            try LinuxDisk().makeDirectory(layout.executions)
            let log = try LogAppender(
                directory: layout.executions(writer: "runner"), quarantine: layout.quarantine,
                options: LogOptions(segmentBytes: 1, reserveBytes: 0), disk: LinuxDisk())
            for (index, (id, status)) in reports.enumerated() {
                let report = ExecutionReport(cid: try CorrelationID("c"), executionID: id, service: "s", status: status)
                let line = report.spoolLine(
                    tenant: "acme", authID: "tok_1",
                    recordedTime: Timestamp(microseconds: Int64(index + 1) * 1_000_000))
                var group = CommitGroup()
                group.add(line.bytes, sequenceOffset: line.sequenceOffset)
                _ = try log.append(&group)
            }
        }

        func trim() throws -> LogTrim {
            try LogRetention.events(of: layout, disk: LinuxDisk())
                .apply(RetentionPolicy(ageSecondsLimit: nil, bytesLimit: 0), nowSeconds: 0)
        }

        func indexer(at position: LogPosition, _ notices: Monitor<[String]>) -> StatusIndexer {
            StatusIndexer(
                path: index, layout: layout, disk: LinuxDisk(), recent: RecentEvents(), committed: { position }
            ) { notice in
                notices.update { notices in
                    switch notice {
                    case .finding(let finding): notices.append("\(finding)")
                    case .rebuilding(let error): notices.append("rebuilding: \(error)")
                    case .failed(let error): notices.append("failed: \(error)")
                    case .cannotRead(let error): notices.append("cannot read: \(error)")
                    case .caughtUp(let next): notices.append("caught up to \(next)")
                    case .forgot(_, let rows, let before): notices.append("forgot \(rows) before \(before)")
                    }
                    return .all
                }
            }
        }
    }

    @Test func `Rows of trimmed events go when the indexer is told, and the index is what the logs give`() throws {
        let spool = try Spool()
        let log = try spool.fill((1...6).map { "c\($0)" })
        let notices = Monitor<[String]>([])
        let indexer = spool.indexer(at: log.position, notices)
        try indexer.start()
        defer { indexer.stop() }
        notices.wait { $0.contains("caught up to 7") ? () : nil }
        let reader = StatusIndexReader(path: spool.index)
        #expect(try reader.isKnown(cid: "c1", tenant: "acme"))

        let first = try #require(try spool.trim().firstSequence)
        #expect(first == 5)
        indexer.forget(log: "events", before: first)
        notices.wait { $0.contains("forgot 4 before 5") ? () : nil }
        #expect(try !reader.isKnown(cid: "c4", tenant: "acme"))
        #expect(try reader.isKnown(cid: "c5", tenant: "acme"))
        // Told twice is once.
        indexer.forget(log: "events", before: first)
        indexer.stop()
        #expect(notices.withLock { $0 } == ["caught up to 7", "forgot 4 before 5"])

        let check = try IndexCheck.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        #expect(check.isEqual && check.events == 2 && check.findings.isEmpty)
    }

    @Test func `An index that is built from a trimmed log begins where the log does and misses nothing`() throws {
        let spool = try Spool()
        let log = try spool.fill((1...6).map { "c\($0)" })
        _ = try spool.trim()
        let notices = Monitor<[String]>([])
        let indexer = spool.indexer(at: log.position, notices)
        try indexer.start()
        notices.wait { $0.contains("caught up to 7") ? () : nil }
        indexer.stop()
        #expect(notices.withLock { $0 } == ["caught up to 7"])
        let outcome = try IndexRebuild.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        #expect(outcome.events == 2 && outcome.findings.isEmpty)
    }

    /// Reports of one writer, one segment for each, in its index; what is before the last two is trimmed then, in both.
    private func trimmedReports(_ reports: [(id: String, status: ExecutionStatus)]) throws -> Spool {
        let spool = try Spool()
        try spool.fillReports(reports)
        _ = try IndexRebuild.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        let trim = try LogRetention.executions(writer: "runner", of: spool.layout, disk: LinuxDisk())
            .apply(RetentionPolicy(ageSecondsLimit: nil, bytesLimit: 0), nowSeconds: 0)
        let first = try #require(trim.firstSequence)
        #expect(first == UInt64(reports.count) - 1)
        try StatusIndexWriter(path: spool.index, create: false).remove(log: "executions/runner", before: first)
        return spool
    }

    @Test func `What the index knows of trimmed reports is no difference`() throws {
        let spool = try trimmedReports([
            ("e1", .inProgress), ("e2", .completed), ("gone", .completed), ("e1", .completed), ("e2", .failed),
        ])
        let check = try IndexCheck.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        #expect(check.isEqual, "\(check.differences)")
        #expect(check.remainders == 1, "e2, whose end was trimmed")
        #expect(check.executions == 2)
        // What is trimmed excuses nothing else.
        _ = try IndexRebuild.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        let rebuilt = try IndexCheck.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        #expect(rebuilt.isEqual && rebuilt.remainders == 0 && rebuilt.executions == 2)
        try StatusIndexWriter(path: spool.index, create: false).remove(log: "executions/runner", before: 100)
        let emptied = try IndexCheck.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        #expect(emptied.remainders == 2)
    }

    @Test func `Another report than the log's is a difference, trimmed or not`() throws {
        let spool = try trimmedReports([("e1", .inProgress), ("e3", .pending), ("e1", .completed), ("e2", .failed)])
        let other = try trimmedReports([("e1", .inProgress), ("e3", .pending), ("e1", .failed), ("e4", .failed)])
        for end in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: spool.index + end)
            try? FileManager.default.copyItem(atPath: other.index + end, toPath: spool.index + end)
        }
        let check = try IndexCheck.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        #expect(
            check.differences == [
                "execution e1 differs from the logs", "execution e4 is in the index and not in the logs",
            ])
        #expect(check.remainders == 1)
    }

    @Test func `Without trimming every execution that is missing is a difference, and one is one`() throws {
        let spool = try Spool()
        try spool.fillReports([("a", .completed), ("b", .completed), ("c", .completed)])
        _ = try IndexRebuild.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        try StatusIndexWriter(path: spool.index, create: false).remove(log: "executions/runner", before: 2)
        let check = try IndexCheck.run(path: spool.index, layout: spool.layout, disk: LinuxDisk())
        #expect(check.differences == ["execution a is in the logs and not in the index"])
        #expect(check.remainders == 0)
    }
}
