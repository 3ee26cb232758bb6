import Testing

@testable import StatusIndex

/// What the documentation of the merge promises, said a second time in the plainest way: sort all reports and look.
private struct ExpectedExecution: Equatable {
    var standing: LoggedReport
    var firstRecorded: Int64
    var overruled: [LoggedReport]

    init(of reports: [LoggedReport]) {
        func stage(_ report: LoggedReport) -> Int { min(report.row.status, 2) }
        let order = reports.sorted {
            (-stage($0), $0.row.recordedMicroseconds, $0.log, $0.row.sequence)
                < (-stage($1), $1.row.recordedMicroseconds, $1.log, $1.row.sequence)
        }
        standing = order[0]
        firstRecorded = reports.map(\.row.recordedMicroseconds).min()!
        overruled = order.dropFirst().filter { $0.row.status >= 2 }
            .sorted { ($0.log, $0.row.sequence) < ($1.log, $1.row.sequence) }
    }
}

private struct LoggedReport: Equatable {
    var log: String
    var row: ExecutionRow
}

private struct ExecutionKey: Hashable {
    var tenant: String
    var id: String
}

@Suite struct ExecutionMergeTests {
    private static let logs = ["executions/bridge", "executions/runner", "executions/zeta"]

    /// Reports that collide wherever they can: few executions, few moments, three logs.
    private func reports(seed: UInt64) -> [LoggedReport] {
        var generator = SeededGenerator(seed: seed)
        var nextSequences = [UInt64](repeating: 1, count: Self.logs.count)
        return (0..<120).map { _ in
            let log = Int.random(in: 0..<Self.logs.count, using: &generator)
            defer { nextSequences[log] += 1 }
            let id = Int.random(in: 0..<9, using: &generator)
            let ids = [uuid7(id), uuid4(id), "job-\(id)"]
            let row = report(
                nextSequences[log], of: ids[id % 3], cid: uuid7(Int.random(in: 0..<4, using: &generator)),
                status: Int.random(in: 0...4, using: &generator),
                recorded: 1_000_000 + Int64.random(in: 0..<6, using: &generator),
                tenant: Bool.random(using: &generator) ? "acme" : "globex",
                service: "service-\(Int.random(in: 0..<3, using: &generator))",
                executionTime: Bool.random(using: &generator) ? "0.50" : nil,
                data: Bool.random(using: &generator) ? "{\"n\":\(nextSequences[log])}" : nil)
            return LoggedReport(log: Self.logs[log], row: row)
        }
    }

    private func next(_ reports: [LoggedReport], log: String) -> UInt64 {
        (reports.filter { $0.log == log }.map(\.row.sequence).max() ?? 0) + 1
    }

    private func replay(_ order: [LoggedReport], all reports: [LoggedReport], into writer: StatusIndexWriter) throws {
        for logged in order {
            try writer.append(executions: [logged.row], log: logged.log)
        }
        // A shuffled replay ends where an ordered one does.
        for log in Self.logs {
            try writer.apply(
                events: [], executions: [], log: log, from: writer.position(ofLog: log), next: next(reports, log: log))
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `Rule 10: reports in any order, any number of times, end in the same rows`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed &* 7919)
        let reports = reports(seed: seed)

        let inOrder = TemporaryIndex()
        try replay(reports, all: reports, into: inOrder.writer())
        let expected = try inOrder.snapshot().digest()

        for round in 0..<3 {
            let shuffled = TemporaryIndex()
            let repeated = reports + reports.shuffled(using: &generator).prefix(60 * round)
            try replay(repeated.shuffled(using: &generator), all: reports, into: shuffled.writer())
            #expect(try shuffled.snapshot().digest() == expected, "round \(round)")
        }

        let rebuilt = TemporaryIndex()
        try rebuilt.writer().rebuild { (index) throws(StatusIndexError) in
            for log in Self.logs.shuffled(using: &generator) {
                let rows = reports.filter { $0.log == log }.map(\.row)
                try index.apply(events: [], executions: rows, log: log, next: next(reports, log: log))
            }
        }
        #expect(try rebuilt.snapshot().digest() == expected)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `Each row is what sorting all reports of the execution says`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let reports = reports(seed: seed)
        let index = TemporaryIndex()
        try replay(reports.shuffled(using: &generator), all: reports, into: index.writer())

        let groups = Dictionary(grouping: reports) {
            ExecutionKey(
                tenant: String(decoding: $0.row.tenant, as: UTF8.self),
                id: String(decoding: $0.row.executionID, as: UTF8.self))
        }
        let reader = index.reader()
        for (key, group) in groups {
            let expected = ExpectedExecution(of: group)
            let row = expected.standing.row
            let execution = try #require(try reader.execution(id: key.id, tenant: key.tenant))
            #expect(execution.status == row.status)
            #expect(execution.cid == Array(row.cid))
            #expect(execution.service == Array(row.service))
            #expect(execution.datetimeMicroseconds == row.datetimeMicroseconds)
            #expect(execution.executionTime == row.executionTime.map { Array($0) })
            #expect(execution.data == row.data.map { Array($0) })
            #expect(execution.recordedMicroseconds == row.recordedMicroseconds)
            #expect(execution.firstRecordedMicroseconds == expected.firstRecorded)

            let overruled = try reader.overruledReports(executionID: key.id, tenant: key.tenant, limit: 1000)
                .map { (String(decoding: $0.log, as: UTF8.self), $0.sequence) }
                .sorted { $0 < $1 }
            #expect(overruled.map(\.0) == expected.overruled.map(\.log))
            #expect(overruled.map(\.1) == expected.overruled.map(\.row.sequence))
        }
        let contradictions = groups.values.reduce(0) { count, group in
            let expected = ExpectedExecution(of: group)
            return count + expected.overruled.filter { $0.row.status != expected.standing.row.status }.count
        }
        let counts = try index.snapshot().counts()
        #expect(counts == StatusIndexCounts(events: 0, executions: groups.count, contradictions: contradictions))
    }

    /// - Parameter known: how many of a hundred reports are of an execution that another report came of before.
    @Test(arguments: [0, 3, 50, 97], [1, 31, 32, 33, 200])
    func `Reports merged together end in the same rows as one after the other`(known: Int, batch: Int) throws {
        var generator = SeededGenerator(seed: UInt64(known * 1000 + batch))
        var executionsCount = 0
        let reports = (1...400 as ClosedRange<UInt64>).map { sequence in
            let isKnown = executionsCount > 0 && Int.random(in: 0..<100, using: &generator) < known
            if !isKnown { executionsCount += 1 }
            // Often the one before: both are in one statement then.
            let back = isKnown ? Int.random(in: 1...min(executionsCount, 3), using: &generator) : 1
            let isLong = Int.random(in: 0..<100, using: &generator) == 0
            return report(
                sequence, of: "e\(executionsCount - back + 1)", cid: uuid7(executionsCount),
                status: Int.random(in: 0...4, using: &generator),
                recorded: 1_000_000 + Int64.random(in: 0..<1000, using: &generator),
                executionTime: Bool.random(using: &generator) ? "0.50" : nil,
                data: isLong
                    ? "\"" + String(repeating: "x", count: 5000) + "\""
                    : Bool.random(using: &generator) ? "\(sequence)" : nil)
        }
        let (together, single) = (TemporaryIndex(), TemporaryIndex())
        let (first, second) = (try together.writer(), try single.writer())
        var rest = reports[...]
        while !rest.isEmpty {
            try first.append(executions: Array(rest.prefix(batch)))
            rest = rest.dropFirst(batch)
        }
        for report in reports { try second.append(executions: [report]) }
        #expect(try together.snapshot().counts().executions == executionsCount)
        #expect(try together.snapshot().digest() == single.snapshot().digest())
    }

    @Test(arguments: [(0, 2), (2, 0), (1, 1), (2, 3), (3, 2)])
    func `Two reports of an execution in one statement are weighed against each other`(first: Int, second: Int) throws {
        let index = TemporaryIndex()
        var rows = (1...64 as ClosedRange<UInt64>).map {
            report($0, of: "e\($0)", cid: "c", status: 2, recorded: 100 + Int64($0), data: "\($0)")
        }
        rows[9] = report(10, of: "twice", cid: "c", status: first, recorded: 20, data: "\"first\"")
        rows[20] = report(21, of: "twice", cid: "c", status: second, recorded: 10, data: "\"second\"")
        try index.writer().append(executions: rows)

        let execution = try #require(try index.reader().execution(id: "twice", tenant: "acme"))
        // The second one came earlier: it stands unless the first one is of a later stage.
        let firstStands = min(first, 2) > min(second, 2)
        #expect(execution.status == (firstStands ? first : second))
        #expect(execution.data == Array((firstStands ? "\"first\"" : "\"second\"").utf8))
        #expect(execution.firstRecordedMicroseconds == 10)
        let overruled = try index.reader().overruledReports(executionID: "twice", tenant: "acme", limit: 9)
        #expect(overruled.map(\.sequence) == (first >= 2 && second >= 2 ? [10] : []))
        #expect(try index.snapshot().counts().executions == 63)
        #expect(try index.reader().execution(id: "e64", tenant: "acme")?.data == Array("64".utf8))
    }

    @Test func `An execution is found under the cid of the report that stands, at the time of the earliest one`() throws
    {
        let index = TemporaryIndex()
        let writer = try index.writer()
        let reader = index.reader()
        func executions(_ cid: String) throws -> [IndexedExecution] {
            try reader.status(ofCID: cid, tenant: "acme", limit: 9).executions
        }
        let (one, other) = (uuid7(1), "other")
        try writer.append(executions: [report(1, of: "e", cid: one, status: 0, recorded: 20)])
        try writer.append(executions: [report(2, of: "e", cid: one, status: 1, recorded: 30)])
        #expect(try executions(one).map(\.status) == [1])
        #expect(try !reader.isSettled(cid: one, tenant: "acme"))
        try writer.append(executions: [report(3, of: "e", cid: other, status: 2, recorded: 40)])
        #expect(try executions(one).isEmpty)
        #expect(try executions(other).map(\.status) == [2])
        #expect(try reader.isSettled(cid: other, tenant: "acme"))
        // Of the same cid, and earlier than what is known.
        try writer.append(executions: [report(4, of: "e", cid: other, status: 3, recorded: 10)])
        #expect(try executions(other).map(\.status) == [3])
        #expect(try executions(other).map(\.firstRecordedMicroseconds) == [10])
    }

    @Test func `An execution never moves back, and keeps what its standing report said`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        let reader = index.reader()
        let cid = uuid7(1)
        func status() throws -> Int? { try reader.execution(id: "e", tenant: "acme")?.status }

        try writer.append(executions: [report(1, of: "e", cid: cid, status: 1, recorded: 20)])
        #expect(try status() == 1)
        try writer.append(executions: [report(2, of: "e", cid: cid, status: 0, recorded: 10)])
        #expect(try status() == 1)
        try writer.append(executions: [
            report(3, of: "e", cid: cid, status: 2, recorded: 30, executionTime: "1.5e0", data: "[1]")
        ])
        #expect(try status() == 2)
        try writer.append(executions: [report(4, of: "e", cid: cid, status: 1, recorded: 40, data: "[2]")])

        let execution = try #require(try reader.execution(id: "e", tenant: "acme"))
        #expect(execution.status == 2)
        #expect(execution.data == Array("[1]".utf8))
        #expect(execution.executionTime == Array("1.5e0".utf8))
        #expect(execution.firstRecordedMicroseconds == 10)
        #expect(execution.recordedMicroseconds == 30)
    }

    @Test func `A contradiction is counted once, however often it is replayed, and an agreeing one never`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        let completed = report(1, of: "e", cid: "c", status: 2, recorded: 10)
        let failed = report(2, of: "e", cid: "c", status: 3, recorded: 20)
        let again = report(3, of: "e", cid: "c", status: 2, recorded: 30)
        for _ in 0..<3 {
            try writer.append(executions: [failed, again, completed])
        }
        #expect(try index.snapshot().counts().contradictions == 1)
        let overruled = try index.reader().overruledReports(executionID: "e", tenant: "acme", limit: 10)
        #expect(overruled.map(\.sequence) == [2, 3])
        #expect(overruled.map(\.status) == [3, 2])
    }

    @Test func `Data of a mebibyte, empty data and no data come back as they were`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        let large = "\"" + String(repeating: "x", count: 1 << 20) + "\""
        try writer.append(executions: [
            report(1, of: "large", cid: "c", status: 2, recorded: 1, data: large),
            report(2, of: "none", cid: "c", status: 2, recorded: 2),
            report(3, of: "empty", cid: "c", status: 2, recorded: 3, service: "", executionTime: "", data: ""),
            report(4, of: "after", cid: "c", status: 2, recorded: 4, service: String(repeating: "s", count: 300)),
        ])
        let executions = try index.reader().status(ofCID: "c", tenant: "acme", limit: 10).executions
        #expect(executions.map { $0.data?.count } == [large.utf8.count, nil, 0, nil])
        #expect(executions.map { $0.executionTime?.count } == [nil, nil, 0, nil])
        #expect(executions.map(\.service.count) == [5, 5, 0, 300])
        #expect(executions[0].data == Array(large.utf8))
    }
}
