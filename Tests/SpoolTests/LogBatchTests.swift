import DurableIO
import Spool
import Testing
import Threading

struct LogBatchTests {
    private let first = "events/00000000000000000001.ndjson"
    private let commits = "events/00000000000000000001.commits"

    private func batch(_ texts: [String]) -> [LogRecord] {
        texts.map { text in
            let (line, offset) = record(text)
            return LogRecord(line: line, sequenceOffset: offset)
        }
    }

    private func append(_ texts: [String], to log: LogAppender) throws {
        var group = CommitGroup()
        group.add(batch: batch(texts))
        _ = try log.append(&group)
    }

    /// One record, then a batch of three, as they lie in the segment; and where each line of it ends.
    private func filled(_ directory: TemporaryDirectory) throws -> (bytes: [UInt8], ends: [Int]) {
        let log = try LogAppender(directory)
        try log.append("1")
        try append(["2", "3", "4"], to: log)
        let bytes = try directory.bytes(first)
        return (bytes, bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 })
    }

    @Test func `a record of a batch tells how many of it follow, the last one nothing`() throws {
        let directory = try TemporaryDirectory()
        let (bytes, _) = try filled(directory)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let heads = lines.map { String($0.split(separator: ",\"crc32c\"")[0]) }
        #expect(
            heads == [
                #"{"sequence":"00000000000000000001","n":1"#,
                #"{"sequence":"00000000000000000002","fxbatchrest":"0000000002","n":2"#,
                #"{"sequence":"00000000000000000003","fxbatchrest":"0000000001","n":3"#,
                #"{"sequence":"00000000000000000004","n":4"#,
            ])
    }

    @Test func `a waiter of a batch is told once, of its last sequence, and the others stand before it`() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory), limits: .init()) { _ in }
        let outcomes = LogWriterTests.Outcomes()
        for number in 0..<20 {
            let texts = (0...number).map { "\(number * 100 + $0)" }
            try writer.submit(batch(texts), waiter: LogWriterTests.Outcomes.Waiter(outcomes))
        }
        writer.stop()
        // 1 record, 2 records, 3 records: they end at 1, 3, 6, 10, …
        let ends: [UInt64] = (1...20).map { (count: UInt64) -> UInt64 in count * (count + 1) / 2 }
        #expect(outcomes.sequences.withLock { $0 } == ends)
        #expect(try readAll(directory).count == 210)
    }

    @Test func `a batch that fails is refused as a whole, once`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let writer = try LogWriter(LogAppender(directory, disk: disk), limits: .init()) { _ in }
        let outcomes = LogWriterTests.Outcomes()
        disk.faults.withLock { $0.failedSynchronizations = 1 }
        try writer.submit(batch(["1", "2", "3"]), waiter: LogWriterTests.Outcomes.Waiter(outcomes))
        outcomes.errors.wait { $0.isEmpty ? nil : () }
        writer.stop()
        #expect(outcomes.errors.withLock { $0.count } == 1)
        #expect(outcomes.sequences.withLock { $0 } == [])
        #expect(try readAll(directory) == [])
    }

    @Test func `a batch that has no room takes none of it`() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory), limits: .init(pendingBytes: 400, pendingRecords: 8)) { _ in }
        let outcomes = LogWriterTests.Outcomes()
        #expect(throws: SpoolError.self) {
            try writer.submit(
                batch(["1", "2", "3", "4", "5"]), waiter: LogWriterTests.Outcomes.Waiter(outcomes))
        }
        writer.stop()
        #expect(try readAll(directory) == [])
    }

    @Test func `a crash in the middle of a batch leaves none of it, at any byte`() throws {
        let (whole, ends) = try filled(TemporaryDirectory())
        for length in (ends[0] + 1)..<whole.count {
            let directory = try TemporaryDirectory()
            _ = try filled(directory)
            try directory.write(first, Array(whole[..<length]))
            // Of the batch nobody was told: its commit was never noted.
            try directory.write(commits, Array(try directory.bytes(commits).prefix(2 * 107)))

            let log = try LogAppender(directory)
            let next = try log.append("9")
            #expect(next >= UInt64(2 + ends.dropFirst().filter { $0 <= length }.count), "a number is never given twice")
            let found = try readAll(directory).filter { !$0.hasPrefix("missing") }
            #expect(found == ["1:1", "\(next):9"], "cut at \(length)")
            let aside = try directory.names("quarantine")
            #expect(try directory.bytes("quarantine/" + #require(aside.first)) == Array(whole[ends[0]..<length]))
        }
    }

    @Test func `a whole batch stays, whether its commit was noted or not`() throws {
        let directory = try TemporaryDirectory()
        _ = try filled(directory)
        try directory.write(commits, Array(try directory.bytes(commits).prefix(2 * 107)))
        let log = try LogAppender(directory)
        #expect(try log.append("9") == 5)
        #expect(try readAll(directory).map { $0.prefix(3) } == ["1:1", "2:2", "3:3", "4:4", "5:9"])
    }

    @Test func `what rots at the end of an acknowledged batch takes nothing else with it`() throws {
        let directory = try TemporaryDirectory()
        var (bytes, _) = try filled(directory)
        bytes[bytes.count - 30] ^= 1
        try directory.write(first, bytes)
        let log = try LogAppender(directory)
        #expect(try log.append("9") == 5)
        #expect(try readAll(directory).map { $0.prefix(3) } == ["1:1", "2:2", "3:3", "mis", "5:9"])
    }
}
