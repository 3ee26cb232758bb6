import DurableIO
import Events
import Foundation
import Spool
import Testing

@testable import StatusIndex

struct StatusIndexerTests {
    @Test func `it follows events and reports of every writer`() throws {
        let fixture = try IndexerFixture()
        try fixture.indexer.start()
        #expect(try fixture.notice(\.caughtUp) == 1)
        try fixture.accept("a", "b")
        #expect(fixture.waitsForEvent("b"))
        try fixture.report("e1", .pending, cid: "a")
        #expect(fixture.waitsForExecution("e1", status: .pending))
        try fixture.report("e1", .completed, cid: "a", writer: "relay")
        try fixture.report("e2", .failed, cid: "a", writer: "runner")
        #expect(fixture.waitsForExecution("e1", status: .completed))
        #expect(fixture.waitsForExecution("e2", status: .failed))
        try fixture.accept("c")
        #expect(fixture.waitsForEvent("c"))
        #expect(fixture.findings.isEmpty)
        #expect(fixture.indexer.lastError == nil)
    }

    @Test func `it notices a report that nobody pokes it for`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept("a")
        try fixture.indexer.start()
        _ = try fixture.notice(\.caughtUp)
        let other = try IndexerFixture()
        try other.report("e", .completed, cid: "a")
        try FileManager.default.moveItem(
            atPath: other.layout.executions(writer: "runner"), toPath: fixture.layout.executions(writer: "runner"))
        #expect(fixture.waitsForExecution("e", status: .completed))
    }

    @Test func `after a restart it goes on where the index stands`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept((1...3000).map { "first-\($0)" })
        try fixture.report("e1", .pending, cid: "first-1")
        try fixture.indexer.start()
        #expect(try fixture.notice(\.caughtUp) == 3001)
        fixture.indexer.stop()
        try fixture.accept("second")
        try fixture.report("e1", .completed, cid: "first-1")
        try fixture.restart()
        #expect(try fixture.notice(\.caughtUp) == 3002)
        #expect(fixture.waitsForExecution("e1", status: .completed))
        #expect(try fixture.reader.isKnown(cid: "second", tenant: "acme"))
        #expect(try StatusIndexSnapshot(path: fixture.path).counts().events == 3001)
        #expect(fixture.findings.isEmpty)
    }

    @Test func `a deleted index is built again, without anybody asking for it, and is said to lag meanwhile`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept((1...3000).map { "c-\($0)" })
        try fixture.report("e", .completed, cid: "c-1")
        try fixture.indexer.start()
        #expect(try fixture.notice(\.caughtUp) == 3001)
        #expect(fixture.recent.answer(tenant: "acme", cid: "c-1") == .askIndex)
        fixture.notices.withLock { $0 = [] }

        try StatusIndexWriter.deleteIndex(at: fixture.path)
        // A reader that finds nothing must have been told before that the index may not know.
        var isHonest = true
        #expect(
            fixture.waits {
                let answer = fixture.recent.answer(tenant: "acme", cid: "c-3000")
                let isKnown = (try? fixture.reader.isKnown(cid: "c-3000", tenant: "acme")) ?? true
                let later = fixture.recent.answer(tenant: "acme", cid: "c-3000")
                if !isKnown, answer == .askIndex, later == .askIndex { isHonest = false }
                return fixture.notices.withLock { $0.contains { $0.caughtUp == 3001 } }
            })
        #expect(isHonest)
        #expect(try fixture.notice(\.failure) == .replaced(path: fixture.path))
        #expect(fixture.waitsForEvent("c-3000"))
        #expect(try fixture.reader.execution(id: "e", tenant: "acme") != nil)
        #expect(fixture.waits { fixture.indexer.lastError == nil })
        try fixture.accept("after")
        #expect(fixture.waitsForEvent("after"))
    }

    @Test func `an index that is no database at the start is thrown away and built again`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept("a")
        try Data(String(repeating: "no database ", count: 100).utf8).write(to: URL(fileURLWithPath: fixture.path))
        try fixture.indexer.start()
        #expect(try fixture.notice(\.rebuiltBecause).isCorrupt)
        #expect(try fixture.notice(\.caughtUp) == 2)
        #expect(fixture.waitsForEvent("a"))
    }

    @Test func `an index whose pages rot while it is followed is thrown away and built again`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept((1...3000).map { "c-\($0)" })
        try fixture.indexer.start()
        _ = try fixture.notice(\.caughtUp)
        fixture.indexer.stop()
        // Only the schema's page stays right, so that opening it is no problem.
        let pages = [UInt8](repeating: 0xA5, count: 4096 * 100)
        try fixture.overwrite(fixture.path, at: 4096, with: pages)
        try fixture.accept("late")
        try fixture.restart()
        #expect(try fixture.notice(\.rebuiltBecause).isCorrupt)
        #expect(fixture.waitsForEvent("late"))
        #expect(try StatusIndexSnapshot(path: fixture.path).counts().events == 3001)
        #expect(fixture.waits { fixture.indexer.lastError == nil })
    }

    @Test func `an index that has read further than the log goes is of another log`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept("old-1", "old-2", "old-3")
        try fixture.indexer.start()
        _ = try fixture.notice(\.caughtUp)
        fixture.indexer.stop()
        // The spool is begun anew, the index is forgotten.
        try FileManager.default.removeItem(atPath: fixture.layout.events)
        try fixture.reopenLog()
        try fixture.accept("new-1")
        try fixture.restart()
        #expect(try fixture.notice(\.rebuiltBecause) == .positionMoved(log: "events", actual: 4))
        #expect(try fixture.notice(\.caughtUp) == 2)
        #expect(fixture.waitsForEvent("new-1"))
        #expect(try !fixture.reader.isKnown(cid: "old-1", tenant: "acme"))
    }

    @Test func `it goes on where another process has put the index`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept("a", "b", "c")
        try fixture.indexer.start()
        _ = try fixture.notice(\.caughtUp)
        // As `fxctl index rebuild` does, which here has come as far as the first event.
        let other = try StatusIndexWriter(path: fixture.path, create: false)
        #expect(fixture.waits { (try? other.position(ofLog: "events")) == 4 })
        try other.rebuild { (rebuild) throws(StatusIndexError) in
            try rebuild.apply(events: [event(1, cid: "a")], executions: [], log: "events", next: 2)
        }
        try fixture.accept("d")
        for cid in ["a", "b", "c", "d"] { #expect(fixture.waitsForEvent(cid)) }
        #expect(try other.position(ofLog: "events") == 5)
        #expect(fixture.notices.withLock { !$0.contains { $0.failure != nil } })
    }

    @Test func `damage in a log is skipped and told once`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept("a")
        let segment = fixture.layout.events + "/" + SegmentName.name(first: 1)
        let start = UInt64(try Data(contentsOf: URL(fileURLWithPath: segment)).count)
        try fixture.accept("b")
        try fixture.accept("c")
        try fixture.acceptForeignLine()
        try fixture.accept("d")
        try fixture.overwrite(segment, at: start + 30, with: [0x7F])
        try fixture.indexer.start()
        #expect(fixture.waitsForEvent("d"))
        #expect(try fixture.reader.isKnown(cid: "a", tenant: "acme"))
        #expect(try !fixture.reader.isKnown(cid: "b", tenant: "acme"))
        #expect(try fixture.reader.isKnown(cid: "c", tenant: "acme"))
        for cid in ["e", "f"] {
            try fixture.accept(cid)
            #expect(fixture.waitsForEvent(cid))
        }
        let findings = fixture.findings
        #expect(findings.count == 3)
        let damage = try #require(findings[0].damage)
        #expect((damage.segment, damage.line, damage.offset, damage.expectedSequence) == (1, 2, start, 2))
        #expect(findings[1].kind == .missing(2..<3))
        #expect(findings[2].kind == .foreignRecord(sequence: 4))
        #expect(findings[0].description.hasPrefix("events/00000000000000000001.ndjson line 2, byte \(start): "))
        #expect(findings[1].description == "events: sequence 2 is missing")
    }

    @Test func `what lies among the execution logs and is none is said once and hinders nothing`() throws {
        let fixture = try IndexerFixture()
        try Data("x".utf8).write(to: URL(fileURLWithPath: fixture.layout.executions + "/notes.txt"))
        try fixture.indexer.start()
        for cid in ["a", "b", "c"] {
            try fixture.accept(cid)
            #expect(fixture.waitsForEvent(cid))
        }
        try fixture.report("e", .completed, cid: "a", writer: "runner")
        #expect(fixture.waitsForExecution("e", status: .completed))
        let errors = fixture.notices.withLock { $0.compactMap(\.unreadable) }
        #expect(errors == [.disk(IOError("opendir", fixture.layout.executions + "/notes.txt", errno: ENOTDIR))])
    }

    @Test func `an event with escapes in its type is read by the reader that understands them`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept("a", type: "a \"quoted\" type\\")
        try fixture.indexer.start()
        #expect(fixture.waitsForEvent("a"))
        let row = try #require(try fixture.reader.event(id: "id-a", tenant: "acme"))
        #expect(String(decoding: row.type, as: UTF8.self) == "a \"quoted\" type\\")
        #expect(fixture.findings.isEmpty)
    }

    @Test func `what this process has written is not read again`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept("before")
        try fixture.indexer.start()
        #expect(try fixture.notice(\.caughtUp) == 2)
        try fixture.acceptNoted("a")
        #expect(fixture.waitsForEvent("a"))
        // The log goes on in this file, but nobody finds it.
        try FileManager.default.removeItem(atPath: fixture.layout.events + "/" + SegmentName.name(first: 1))
        try fixture.acceptNoted("b", "c")
        try fixture.acceptNoted("d", tenant: "other")
        #expect(fixture.waitsForEvent("c"))
        #expect(fixture.waitsForEvent("d", tenant: "other"))
        let row = try #require(try fixture.reader.event(id: "id-c", tenant: "acme"))
        #expect(row.sequence == 4)
        #expect(fixture.recent.answer(tenant: "acme", cid: "b") == .askIndex)
        #expect(fixture.notices.withLock { $0.count } == 1)
    }

    @Test func `where an event is not known in memory the log is read, and then memory again`() throws {
        let fixture = try IndexerFixture()
        try fixture.indexer.start()
        _ = try fixture.notice(\.caughtUp)
        for round in 1...20 {
            try fixture.acceptNoted("m\(round)-1", "m\(round)-2")
            try fixture.accept("r\(round)")
            try fixture.acceptNoted("m\(round)-3")
        }
        #expect(fixture.waitsForEvent("m20-3"))
        fixture.indexer.stop()
        let check = try IndexCheck.run(path: fixture.path, layout: fixture.layout, disk: LinuxDisk())
        #expect(check.differences == [])
        #expect(check.events == 80)
        #expect(fixture.findings.isEmpty)
    }

    @Test func `an index that another process has put back is followed from there though more is known`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept("a")
        try fixture.indexer.start()
        _ = try fixture.notice(\.caughtUp)
        try fixture.acceptNoted("b", "c")
        #expect(fixture.waitsForEvent("c"))
        let other = try StatusIndexWriter(path: fixture.path, create: false)
        try other.rebuild { (rebuild) throws(StatusIndexError) in
            try rebuild.apply(events: [event(1, cid: "a")], executions: [], log: "events", next: 2)
        }
        try fixture.acceptNoted("d")
        for cid in ["a", "b", "c", "d"] { #expect(fixture.waitsForEvent(cid)) }
    }

    @Test func `stopping does not wait for a log to end`() throws {
        let fixture = try IndexerFixture()
        try fixture.accept((1...20_000).map { "c-\($0)" })
        try fixture.indexer.start()
        fixture.indexer.stop()
        try fixture.restart()
        #expect(try fixture.notice(\.caughtUp) == 20_001)
        #expect(try StatusIndexSnapshot(path: fixture.path).counts().events == 20_000)
    }
}

extension StatusIndexError {
    fileprivate var isCorrupt: Bool { if case .corrupt = self { true } else { false } }
}

extension LogFinding {
    fileprivate var damage: DamagedRange? { if case .damaged(let damage) = kind { damage } else { nil } }
}
