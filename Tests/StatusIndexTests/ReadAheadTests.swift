import DurableIO
import Events
import Foundation
import Glibc
import Spool
import Testing

@testable import StatusIndex

@Suite struct ReadAheadTests {
    private func waitsUntilFull(_ ahead: ReadAhead) -> Bool {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while ahead.waitingCount < ReadAhead.waitingLimit, ContinuousClock.now < deadline { sched_yield() }
        return ahead.waitingCount == ReadAhead.waitingLimit
    }

    /// Reports, ten of them with a mebibyte of data: more than one batch, and many more batches than may wait.
    private func fill(_ fixture: IndexerFixture, reports: Int, dataBytes: Int) throws {
        let log = try LogAppender(
            directory: fixture.layout.executions(writer: "runner"), quarantine: fixture.root + "/quarantine",
            options: LogOptions(reserveBytes: 0), disk: LinuxDisk())
        for number in 1...reports {
            var group = CommitGroup()
            let line = ExecutionReport(
                cid: try CorrelationID("c"), executionID: "e\(number)", service: "s", status: .completed,
                data: Array("\"\(String(repeating: "x", count: dataBytes))\"".utf8)
            ).spoolLine(tenant: "acme", authID: "tok_1", recordedTime: Timestamp(microseconds: 5))
            group.add(line.bytes, sequenceOffset: line.sequenceOffset)
            _ = try log.append(&group)
        }
    }

    @Test func `Long lines make small batches, few of them wait, and every row comes in its order`() throws {
        let fixture = try IndexerFixture()
        let (reports, dataBytes) = (64, 1 << 20)
        try fill(fixture, reports: reports, dataBytes: dataBytes)
        try fixture.accept("c")
        let logs = try IndexedLog.all(in: fixture.layout, disk: LinuxDisk())
        let ahead = try ReadAhead(logs, disk: LinuxDisk(), upTo: nil)
        defer { ahead.stop() }
        // There are eight batches: were there no limit, more would come while the others are taken.
        #expect(waitsUntilFull(ahead))
        var sequences: [UInt64] = []
        var cids: [String] = []
        reading: while true {
            #expect(ahead.waitingCount <= ReadAhead.waitingLimit)
            switch ahead.next() {
            case .rows(let rows, _):
                let bytes = rows.executions.reduce(0) { $0 + ($1.data?.count ?? 0) }
                #expect(bytes < IndexedLog.batchBytesLimit + dataBytes)
                sequences += rows.executions.map(\.sequence)
                cids += rows.events.map { String(decoding: $0.cid, as: UTF8.self) }
            case .failed(let error, _): throw error
            case .end: break reading
            }
        }
        #expect(sequences == Array(1...UInt64(reports)))
        #expect(cids == ["c"])
    }

    @Test func `It can be stopped while nobody takes what it has read`() throws {
        let fixture = try IndexerFixture()
        try fill(fixture, reports: 64, dataBytes: 1 << 20)
        let ahead = try ReadAhead(
            IndexedLog.all(in: fixture.layout, disk: LinuxDisk()), disk: LinuxDisk(), upTo: nil)
        #expect(waitsUntilFull(ahead))
        // Returns when the thread has ended.
        ahead.stop()
        #expect(ahead.waitingCount == ReadAhead.waitingLimit)
    }

    @Test func `A log that cannot be read is told behind the rows of those before it, and the old index stays`() throws
    {
        let fixture = try IndexerFixture()
        try fixture.accept("c")
        try fixture.report("e", .completed, cid: "c")
        _ = try IndexRebuild.run(path: fixture.path, layout: fixture.layout, disk: LinuxDisk())
        try fixture.report("late", .completed, cid: "c")
        let events = fixture.layout.events
        try FileManager.default.removeItem(atPath: events)
        #expect(FileManager.default.createFile(atPath: events, contents: nil))

        let ahead = try ReadAhead(
            IndexedLog.all(in: fixture.layout, disk: LinuxDisk()), disk: LinuxDisk(), upTo: nil)
        defer { ahead.stop() }
        guard case .rows(let rows, _) = ahead.next(), case .failed(.disk(let error), let log) = ahead.next() else {
            Issue.record("rows and a failure were due")
            return
        }
        #expect(rows.executions.count == 2)
        #expect(log.name == IndexedLog.eventsName && error.errno == ENOTDIR)

        #expect {
            try IndexRebuild.run(path: fixture.path, layout: fixture.layout, disk: LinuxDisk())
        } throws: {
            if case .log(.disk(let error)) = $0 as? IndexRebuildError { error.errno == ENOTDIR } else { false }
        }
        #expect(try fixture.reader.isKnown(cid: "c", tenant: "acme"))
        #expect(try fixture.reader.execution(id: "late", tenant: "acme") == nil)
    }
}
