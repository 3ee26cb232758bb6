import Glibc
import Testing

@testable import StatusIndex

@Suite struct StatusIndexReaderTests {
    @Test(arguments: [uuid7(1), uuid4(1), "nightly", uuid7(1).uppercased(), String(repeating: "c", count: 128)])
    func `A cid is known to the tenant whose event had it and to no other`(cid: String) throws {
        let index = TemporaryIndex()
        try index.writer().append(events: [event(1, cid: cid), event(2, cid: uuid7(2), tenant: "globex")])
        let reader = index.reader()
        #expect(try reader.isKnown(cid: cid, tenant: "acme"))
        #expect(try !reader.isKnown(cid: cid, tenant: "globex"))
        #expect(try !reader.isKnown(cid: cid, tenant: "nobody"))
        #expect(try !reader.isKnown(cid: cid + "0", tenant: "acme"))
        #expect(try reader.ownership(ofCID: cid, tenant: "acme") == .own)
        #expect(try reader.ownership(ofCID: cid, tenant: "globex") == .foreign)
        #expect(try reader.ownership(ofCID: cid, tenant: "nobody") == .foreign)
        #expect(try reader.ownership(ofCID: cid + "0", tenant: "globex") == .unknown)
    }

    @Test(arguments: [uuid7(1), uuid4(1), "nightly"])
    func `A cid that several tenants use is each one's own`(cid: String) throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        try writer.append(events: [
            event(1, cid: cid), event(2, cid: cid), event(3, cid: cid, tenant: "globex"),
            event(4, cid: "x", tenant: "initech"),
        ])
        try writer.append(executions: [
            report(1, of: "same-id", cid: cid, status: 2, recorded: 1),
            report(2, of: "same-id", cid: cid, status: 3, recorded: 2, tenant: "globex"),
        ])
        let reader = index.reader()
        #expect(try reader.status(ofCID: cid, tenant: "acme", limit: 9).executions.map(\.status) == [2])
        #expect(try reader.status(ofCID: cid, tenant: "globex", limit: 9).executions.map(\.status) == [3])
        #expect(try reader.execution(id: "same-id", tenant: "acme")?.status == 2)
        #expect(try reader.execution(id: "same-id", tenant: "globex")?.status == 3)
        #expect(try reader.execution(id: "same-id", tenant: "initech") == nil)
        let foreign = try reader.status(ofCID: cid, tenant: "initech", limit: 9)
        #expect(foreign == CIDStatus(isKnown: false, executions: [], next: nil))
    }

    @Test func `Scattered names are found in every block of the log, the newest event first`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        // Blocks of 65,536 sequences: 0, 1, 5 and one very far away; the empty ones between cost nothing.
        let sequences: [UInt64] = [1, 65_535, 65_536, 65_537, 327_680, 1 << 40]
        try writer.append(
            events: sequences.map { event($0, cid: "cid-\($0)", id: "delivery", tenant: "acme") })
        let reader = index.reader()
        for sequence in sequences {
            #expect(try reader.isKnown(cid: "cid-\(sequence)", tenant: "acme"))
        }
        #expect(try !reader.isKnown(cid: "cid-2", tenant: "acme"))
        #expect(try reader.event(id: "delivery", tenant: "acme")?.sequence == 1 << 40)
        #expect(try reader.event(id: "delivery", tenant: "globex") == nil)
    }

    @Test(arguments: [uuid7(7), uuid4(7), "72d3162e-cc78-11e3-81ab-4c9367dc0958", "delivery 7"])
    func `An event is found by its id as it was written`(id: String) throws {
        let index = TemporaryIndex()
        let written = event(7, cid: uuid7(1), id: id, type: "com.github.push")
        try index.writer().append(events: [event(6, cid: uuid7(1)), written])
        #expect(try index.reader().event(id: id, tenant: "acme") == written)
        #expect(try index.reader().event(id: id, tenant: "globex") == nil)
    }

    @Test func `Executions come oldest first, page by page, without a gap or a repetition`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        let cid = uuid7(1)
        var generator = SeededGenerator(seed: 5)
        // Many share a moment, so pages end in the middle of it.
        let rows = (1...103).map { number in
            report(
                UInt64(number), of: number % 2 == 0 ? uuid4(number) : "job-\(number)", cid: cid, status: 2,
                recorded: Int64.random(in: 0..<20, using: &generator))
        }
        try writer.append(executions: rows.shuffled(using: &generator))

        let reader = index.reader()
        let whole = try reader.status(ofCID: cid, tenant: "acme", limit: 103)
        #expect(whole.next == nil)
        #expect(whole.executions.count == 103)
        let times = whole.executions.map(\.firstRecordedMicroseconds)
        #expect(times == times.sorted())

        var paged: [IndexedExecution] = []
        var cursor: ExecutionCursor?
        repeat {
            let page = try reader.status(ofCID: cid, tenant: "acme", limit: 10, after: cursor)
            #expect(page.executions.count <= 10)
            paged += page.executions
            cursor = page.next
        } while cursor != nil
        #expect(paged == whole.executions)
    }

    @Test func `A report about an unknown cid is shown, and the cid stays unknown`() throws {
        let index = TemporaryIndex()
        try index.writer().append(executions: [report(1, of: "e", cid: "elsewhere", status: 1, recorded: 1)])
        let status = try index.reader().status(ofCID: "elsewhere", tenant: "acme", limit: 1)
        #expect(!status.isKnown)
        #expect(status.executions.count == 1)
    }

    @Test func `A reader made before the index says it is missing and finds it once it is there`() throws {
        let index = TemporaryIndex()
        let reader = index.reader()
        #expect(throws: StatusIndexError.missing(path: index.path)) { try reader.isKnown(cid: "c", tenant: "acme") }
        // What SQLite leaves when a process dies between making the file and the tables.
        close(open(index.path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: StatusIndexError.missing(path: index.path)) { try reader.isKnown(cid: "c", tenant: "acme") }
        try index.writer().append(events: [event(1, cid: "c")])
        #expect(try reader.isKnown(cid: "c", tenant: "acme"))
    }

    @Test func `A reader follows to the file that took the index's place, where tenants have other numbers`() throws {
        let index = TemporaryIndex()
        try index.writer().append(events: [event(1, cid: "old"), event(2, cid: "old", tenant: "globex")])
        let reader = index.reader()
        #expect(try reader.isKnown(cid: "old", tenant: "acme"))
        #expect(try reader.isKnown(cid: "old", tenant: "globex"))

        try StatusIndexWriter.deleteIndex(at: index.path)
        try index.writer().append(events: [event(1, cid: "new", tenant: "globex"), event(2, cid: "mine")])
        #expect(try !reader.isKnown(cid: "old", tenant: "acme"))
        #expect(try !reader.isKnown(cid: "new", tenant: "acme"))
        #expect(try reader.isKnown(cid: "new", tenant: "globex"))
        #expect(try reader.isKnown(cid: "mine", tenant: "acme"))
    }

    @Test func `What a reader sees of a cid is of one moment, while a writer goes on`() async throws {
        let index = TemporaryIndex()
        let path = index.path
        let lastRound = 400
        _ = try index.writer()

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let writer = try StatusIndexWriter(path: path, create: false)
                // Each transaction makes one cid known and gives it two executions.
                for round in 1...lastRound {
                    let next = UInt64(round)
                    try writer.apply(
                        events: [event(next, cid: uuid7(round))],
                        executions: [
                            report(next, of: uuid4(round), cid: uuid7(round), status: 2, recorded: Int64(round)),
                            report(next, of: "job-\(round)", cid: uuid7(round), status: 1, recorded: Int64(round)),
                        ],
                        log: "events", from: round == 1 ? 0 : next, next: next + 1)
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    let reader = StatusIndexReader(path: path)
                    for round in 1...lastRound {
                        // Asks for what is being written just now, until it is there.
                        var status: CIDStatus
                        repeat {
                            status = try reader.status(ofCID: uuid7(round), tenant: "acme", limit: 10)
                            #expect(status.executions.count == (status.isKnown ? 2 : 0))
                            sched_yield()
                        } while !status.isKnown
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
