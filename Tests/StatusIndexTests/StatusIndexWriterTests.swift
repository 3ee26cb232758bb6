import StatusIndex
import Testing

@Suite struct StatusIndexWriterTests {
    @Test func `Rows and their position are kept together and survive closing`() throws {
        let index = TemporaryIndex()
        do {
            let writer = try index.writer()
            #expect(try writer.position(ofLog: "events") == 0)
            try writer.apply(
                events: [event(1, cid: uuid7(1)), event(2, cid: uuid7(2))], executions: [], log: "events", from: 0,
                next: 3)
            try writer.apply(
                events: [], executions: [report(1, of: "e", cid: uuid7(1), status: 2, recorded: 1)],
                log: "executions/runner", from: 0, next: 2)
        }
        let writer = try StatusIndexWriter(path: index.path, create: false)
        #expect(try writer.position(ofLog: "events") == 3)
        #expect(try writer.position(ofLog: "executions/runner") == 2)
        #expect(try writer.position(ofLog: "executions/bridge") == 0)
        #expect(try index.reader().isKnown(cid: uuid7(2), tenant: "acme"))
    }

    @Test(arguments: [1, 31, 32, 33, 64, 100])
    func `Any number of events comes back row by row, and a second time changes nothing`(count: Int) throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        let rows = (1...count).map { number in
            event(
                UInt64(number), cid: [uuid7(number), uuid4(number), "c\(number)"][number % 3],
                id: [uuid4(number), "i\(number)", uuid7(number)][number % 3], tenant: "tenant-\(number % 5)",
                type: String(repeating: "t", count: number % 4 * 90))
        }
        for _ in 0..<2 {
            try writer.append(events: rows)
            let snapshot = try index.snapshot()
            for row in rows { #expect(try snapshot.nextEvent() == row) }
            #expect(try snapshot.nextEvent() == nil)
        }
        let reader = index.reader()
        for row in rows {
            let tenant = String(decoding: row.tenant, as: UTF8.self)
            #expect(try reader.isKnown(cid: String(decoding: row.cid, as: UTF8.self), tenant: tenant))
            #expect(try reader.event(id: String(decoding: row.id, as: UTF8.self), tenant: tenant) == row)
        }
    }

    @Test func `A batch from another position than the index has changes nothing and says where it is`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        try writer.apply(events: [event(1, cid: "a")], executions: [], log: "events", from: 0, next: 2)
        let before = try index.snapshot().digest()
        for expected in [0, 1, 3] as [UInt64] {
            #expect(throws: StatusIndexError.positionMoved(log: "events", actual: 2)) {
                try writer.apply(
                    events: [event(9, cid: "b", tenant: "globex")], executions: [], log: "events", from: expected,
                    next: 10)
            }
        }
        #expect(try index.snapshot().digest() == before)
        // The tenant met in the batch that failed has no number yet, and nothing here believes it has.
        try writer.apply(
            events: [event(2, cid: "c", tenant: "initech"), event(3, cid: "b", tenant: "globex")], executions: [],
            log: "events", from: 2, next: 4)
        #expect(try index.reader().isKnown(cid: "b", tenant: "globex"))
        #expect(try !index.reader().isKnown(cid: "b", tenant: "initech"))
    }

    @Test func `Two writers take turns, and the one that is behind learns it`() throws {
        let index = TemporaryIndex()
        let one = try index.writer()
        let other = try index.writer()
        try one.apply(events: [event(1, cid: "a")], executions: [], log: "events", from: 0, next: 2)
        #expect(throws: StatusIndexError.positionMoved(log: "events", actual: 2)) {
            try other.apply(events: [event(1, cid: "a")], executions: [], log: "events", from: 0, next: 2)
        }
        try other.apply(
            events: [event(2, cid: "b", tenant: "globex")], executions: [], log: "events", from: 2, next: 3)
        try one.apply(events: [event(3, cid: "c", tenant: "globex")], executions: [], log: "events", from: 3, next: 4)
        #expect(try index.snapshot().counts().events == 3)
    }

    @Test func `During a rebuild readers see the old index and other writers are told to wait`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        let other = try index.writer()
        try writer.append(events: [event(1, cid: "old")])
        try writer.append(executions: [report(1, of: "e", cid: "old", status: 2, recorded: 1)])
        let reader = index.reader()

        try writer.rebuild { (rebuild) throws(StatusIndexError) in
            try rebuild.apply(events: [event(5, cid: "new")], executions: [], log: "events", next: 6)
            #expect(throws: StatusIndexError.busy(path: index.path)) {
                try other.apply(events: [event(2, cid: "x")], executions: [], log: "events", from: 2, next: 3)
            }
            let seen = try (reader.isKnown(cid: "old", tenant: "acme"), reader.isKnown(cid: "new", tenant: "acme"))
            #expect(seen == (true, false))
            try rebuild.apply(events: [event(6, cid: "newer")], executions: [], log: "events", next: 7)
        }

        #expect(try !reader.isKnown(cid: "old", tenant: "acme"))
        #expect(try reader.execution(id: "e", tenant: "acme") == nil)
        #expect(try reader.isKnown(cid: "new", tenant: "acme"))
        #expect(try other.position(ofLog: "executions/bridge") == 0)
        #expect(throws: StatusIndexError.positionMoved(log: "events", actual: 7)) {
            try other.apply(events: [event(2, cid: "x")], executions: [], log: "events", from: 2, next: 3)
        }
        try other.apply(events: [event(7, cid: "x")], executions: [], log: "events", from: 7, next: 8)
    }

    @Test func `A rebuild that fails leaves the old index`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        try writer.append(events: [event(1, cid: "old")])
        let before = try index.snapshot().digest()
        #expect(throws: StatusIndexError.missing(path: "a log")) {
            try writer.rebuild { (rebuild) throws(StatusIndexError) in
                try rebuild.apply(
                    events: [event(5, cid: "new", tenant: "globex")], executions: [], log: "events", next: 6)
                throw .missing(path: "a log")
            }
        }
        #expect(try index.snapshot().digest() == before)
        try writer.append(events: [event(2, cid: "on", tenant: "globex")])
        #expect(try index.reader().isKnown(cid: "on", tenant: "globex"))
    }

    @Test func `A rebuilt index equals the one that followed the logs, though tenants came in another order`() throws {
        let events = (1...500).map { event(UInt64($0), cid: uuid7($0 / 2), tenant: "tenant-\($0 % 7)") }
        let followed = TemporaryIndex()
        let writer = try followed.writer()
        for start in stride(from: 0, to: events.count, by: 37) {
            try writer.append(events: Array(events[start..<min(start + 37, events.count)]))
        }
        let rebuilt = TemporaryIndex()
        try rebuilt.writer().rebuild { (rebuild) throws(StatusIndexError) in
            try rebuild.apply(events: events.reversed(), executions: [], log: "events", next: 501)
        }
        #expect(try rebuilt.snapshot().digest() == followed.snapshot().digest())
        try rebuilt.writer().append(events: [event(501, cid: "one more")])
        #expect(try rebuilt.snapshot().digest() != followed.snapshot().digest())
    }

    @Test func `Executions whose report was removed are unknown, and those of other logs and later reports stay`()
        throws
    {
        let index = TemporaryIndex()
        let writer = try index.writer()
        for log in ["executions/runner", "executions/bridge"] {
            let reports = (1...9).map {
                report(UInt64($0), of: "\(log)-\($0)", cid: uuid7($0), status: 2, recorded: Int64($0))
            }
            try writer.apply(events: [], executions: reports, log: log, from: 0, next: 10)
        }
        #expect(try writer.remove(log: "executions/runner", before: 6) == 5)
        #expect(try writer.remove(log: "executions/unheard-of", before: 6) == 0)
        let reader = index.reader()
        #expect(try reader.execution(id: "executions/runner-5", tenant: "acme") == nil)
        #expect(try reader.execution(id: "executions/runner-6", tenant: "acme") != nil)
        #expect(try reader.execution(id: "executions/bridge-5", tenant: "acme") != nil)
        #expect(try writer.position(ofLog: "executions/runner") == 10)
    }

    @Test func `Removed events are unknown, and the others and the position stay`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        // More than one transaction's worth.
        try writer.append(events: (1...20_000).map { event(UInt64($0), cid: $0 % 2 == 0 ? uuid7($0) : "c\($0)") })
        #expect(try writer.remove(log: "events", before: 15_001) == 15_000)
        #expect(try writer.remove(log: "events", before: 15_001) == 0)
        let reader = index.reader()
        #expect(try !reader.isKnown(cid: uuid7(15_000), tenant: "acme"))
        #expect(try !reader.isKnown(cid: "c14999", tenant: "acme"))
        #expect(try reader.isKnown(cid: "c15001", tenant: "acme"))
        #expect(try reader.isKnown(cid: uuid7(20_000), tenant: "acme"))
        #expect(try writer.position(ofLog: "events") == 20_001)
        #expect(try index.snapshot().counts().events == 5000)
    }

    @Test func `Ten thousand tenants are kept apart`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        let rows = (1...10_000).map { event(UInt64($0), cid: "c", tenant: "tenant-\($0)") }
        try writer.append(events: rows)
        let snapshot = try index.snapshot()
        for row in rows { #expect(try snapshot.nextEvent() == row) }
    }
}
