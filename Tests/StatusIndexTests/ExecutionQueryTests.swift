import Testing

@testable import StatusIndex

@Suite struct ExecutionQueryTests {
    private func ids(_ query: ExecutionQuery, _ filter: ExecutionFilter, limit: Int = .max) throws -> [String] {
        var found: [String] = []
        try query.forEach(matching: filter) { entry in
            found.append(String(decoding: entry.execution.executionID, as: UTF8.self))
            return found.count < limit
        }
        return found
    }

    @Test func `Executions are found by each side of a filter, the last reported first`() throws {
        let index = TemporaryIndex()
        try index.writer().append(executions: [
            report(1, of: "a", cid: uuid7(1), status: 0, recorded: 10),
            report(2, of: "b", cid: uuid7(1), status: 3, recorded: 30, tenant: "globex"),
            report(3, of: uuid7(9), cid: "job", status: 3, recorded: 20, service: "bill"),
        ])
        let query = try ExecutionQuery(path: index.path)
        #expect(try ids(query, ExecutionFilter()) == ["b", uuid7(9), "a"])
        #expect(try ids(query, ExecutionFilter(), limit: 1) == ["b"])
        #expect(try ids(query, ExecutionFilter(tenant: "acme")) == [uuid7(9), "a"])
        #expect(try ids(query, ExecutionFilter(tenant: "nobody")) == [])
        #expect(try ids(query, ExecutionFilter(cid: uuid7(1))) == ["b", "a"])
        #expect(try ids(query, ExecutionFilter(status: 3)) == ["b", uuid7(9)])
        #expect(try ids(query, ExecutionFilter(service: "bill")) == [uuid7(9)])
        #expect(try ids(query, ExecutionFilter(sinceMicroseconds: 20)) == ["b", uuid7(9)])
        #expect(try ids(query, ExecutionFilter(tenant: "acme", status: 3, sinceMicroseconds: 21)) == [])
    }

    @Test func `An id is shown for every tenant that has it, with what was overruled`() throws {
        let index = TemporaryIndex()
        try index.writer().append(executions: [
            report(1, of: "e", cid: "c", status: 2, recorded: 1),
            report(2, of: "e", cid: "c", status: 3, recorded: 2),
            report(3, of: "e", cid: "c", status: 4, recorded: 3, tenant: "globex"),
        ])
        let query = try ExecutionQuery(path: index.path)
        let entries = try query.executions(id: "e")
        #expect(entries.map { String(decoding: $0.tenant, as: UTF8.self) } == ["acme", "globex"])
        #expect(entries.map(\.execution.status) == [2, 4])
        #expect(try query.overruledReports(of: entries[0], limit: 9).map(\.status) == [3])
        #expect(try query.overruledReports(of: entries[1], limit: 9).isEmpty)
        #expect(try query.executions(id: "x").isEmpty)
    }

    @Test(arguments: [uuid7(1), uuid4(1), "nightly"])
    func `The events of a cid are told in the order of the log`(cid: String) throws {
        let index = TemporaryIndex()
        try index.writer().append(events: [
            event(1, cid: cid), event(2, cid: "x"), event(70_000, cid: cid), event(70_001, cid: cid, tenant: "globex"),
        ])
        let reader = index.reader()
        #expect(try reader.events(ofCID: cid, limit: 9).map(\.sequence) == [1, 70_000, 70_001])
        #expect(try reader.events(ofCID: cid, limit: 2).map(\.sequence) == [1, 70_000])
        #expect(try reader.events(ofCID: cid, tenant: "globex", limit: 9).map(\.sequence) == [70_001])
        #expect(try reader.events(ofCID: cid, tenant: "nobody", limit: 9).isEmpty)
        #expect(try reader.events(ofCID: cid + "0", limit: 9).isEmpty)
    }

    @Test func `A cid is settled when it has executions and all have ended`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        try writer.append(executions: [
            report(1, of: "a", cid: "c", status: 1, recorded: 1), report(2, of: "b", cid: "c", status: 2, recorded: 1),
            report(3, of: "x", cid: "c", status: 2, recorded: 1, tenant: "globex"),
        ])
        let reader = index.reader()
        #expect(try !reader.isSettled(cid: "c", tenant: "acme"))
        #expect(try reader.isSettled(cid: "c", tenant: "globex"))
        #expect(try !reader.isSettled(cid: "nothing", tenant: "acme"))
        try writer.append(executions: [report(4, of: "a", cid: "c", status: 4, recorded: 2)])
        #expect(try reader.isSettled(cid: "c", tenant: "acme"))
    }

    @Test func `A page ends with the execution whose data reaches the limit`() throws {
        let index = TemporaryIndex()
        try index.writer().append(
            executions: (1...5).map {
                report(UInt64($0), of: "e\($0)", cid: "c", status: 2, recorded: Int64($0), data: "\"12345678\"")
            })
        let reader = index.reader()
        let first = try reader.status(ofCID: "c", tenant: "acme", limit: 9, dataBytesLimit: 15)
        #expect(first.executions.count == 2)
        let second = try reader.status(ofCID: "c", tenant: "acme", limit: 9, dataBytesLimit: 15, after: first.next)
        #expect(second.executions.map { String(decoding: $0.executionID, as: UTF8.self) } == ["e3", "e4"])
        #expect(
            try reader.status(ofCID: "c", tenant: "acme", limit: 9, dataBytesLimit: 15, after: second.next).next == nil)
    }
}
