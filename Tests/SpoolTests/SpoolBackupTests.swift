import DurableIO
import Glibc
import Spool
import Testing
import Threading

/// Copies of a spool, and the epochs that keep them apart from it.
struct SpoolBackupTests {
    private static let copiedAt: Int64 = 1_764_035_000_000_000
    private static let startedAt: Int64 = 1_764_035_060_000_000

    /// Segments of two records: 1 and 2, 3 and 4, 5.
    private func filled() throws -> (directory: TemporaryDirectory, log: LogAppender) {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 150)
        for number in 1...5 { try log.append("\(number)") }
        return (directory, log)
    }

    private func backUp(_ directory: TemporaryDirectory) throws -> (copy: TemporaryDirectory, SpoolBackup) {
        let copy = try TemporaryDirectory(isMade: false)
        let backup = try SpoolBackup(
            of: directory.layout, to: copy.path, disk: LinuxDisk(), nowMicroseconds: Self.copiedAt)
        return (copy, backup)
    }

    private func start(_ copy: TemporaryDirectory, at now: Int64 = startedAt, disk: any Disk = LinuxDisk()) throws
        -> LogAppender
    {
        try LogAppender(
            directory: copy.events, quarantine: copy.quarantine,
            options: LogOptions(segmentBytes: 150, reserveBytes: 0), disk: disk, clock: { now })
    }

    private func findings(_ directory: TemporaryDirectory) throws -> [LogVerification.Finding] {
        try LogVerification(directory: directory.events, disk: LinuxDisk()).findings
    }

    @Test func `a copy holds every log as far as it is committed, the cursors, and the times of the files`() throws {
        let (directory, log) = try filled()
        try LinuxDisk().makeDirectory(directory.layout.executions)
        let reports = try LogAppender(
            directory: directory.layout.executions(writer: "runner"), quarantine: directory.quarantine,
            options: LogOptions(reserveBytes: 0), disk: LinuxDisk())
        try reports.append("7")
        let cursors = CursorStore(layout: directory.layout, disk: LinuxDisk())
        try cursors.register(ConsumerCursor(consumer: ConsumerName("relay"), log: "events", next: 3))
        let old = try LinuxDisk().openFile(directory.events + "/" + SegmentName.name(first: 1))
        try old.setModificationSeconds(1_000_000)
        // Half a group that is under way.
        let last = try LinuxDisk().openFile(directory.events + "/" + SegmentName.name(first: 5))
        _ = try last.append(Array("{\"half".utf8).span.bytes)

        let (copy, backup) = try backUp(directory)
        #expect(backup.logs.map(\.name) == ["executions/runner", "events"])
        #expect(backup.logs.map(\.nextSequence) == [2, 6])
        #expect(backup.logs.map(\.segments) == [1, 3])
        #expect(backup.cursors == 1)
        #expect(try readAll(copy) == (1...5).map { "\($0):\($0)" })
        #expect(try findings(copy) == [])
        #expect(try copy.bytes("cursors/relay.json") == directory.bytes("cursors/relay.json"))
        let copied = try LinuxDisk().openFileForReading(copy.events + "/" + SegmentName.name(first: 1))
        #expect(try copied.modificationSeconds() == 1_000_000)
        #expect(try copied.size() == old.size())
        _ = log
    }

    @Test func `a copy goes on with sequences that its original never gives, and both halves read and verify`() throws {
        let (directory, original) = try filled()
        let (copy, _) = try backUp(directory)
        let restored = try start(copy)
        let first = try restored.append("\"new\"", "\"newer\"")
        #expect(first == UInt64(Self.startedAt))
        for number in 6...9 { #expect(try original.append("\(number)") < first) }
        #expect(try readAll(copy) == (1...5).map { "\($0):\($0)" } + ["\(first):\"new\"", "\(first + 1):\"newer\""])
        #expect(try readAll(copy, from: 6) == ["\(first):\"new\"", "\(first + 1):\"newer\""])
        #expect(try readAll(copy, limit: restored.position).count == 7)
        #expect(try findings(copy) == [])
        #expect(try LogEpoch.all(in: copy.events, disk: LinuxDisk()).map(\.unused) == [6..<first])
        let lag = try LogLag(directory: copy.events, from: 4, logEnd: first + 2, disk: LinuxDisk())
        #expect(lag.events == 4)
        #expect(try LogLag(directory: copy.events, from: first + 1, logEnd: first + 2, disk: LinuxDisk()).events == 1)
    }

    @Test func `the epoch is begun once, and a start after it goes on as any other`() throws {
        let (directory, _) = try filled()
        let (copy, _) = try backUp(directory)
        do { try start(copy).append("1") }
        let again = try start(copy, at: Self.startedAt + 1_000_000)
        #expect(try again.append("2") == UInt64(Self.startedAt) + 1)
        #expect(try findings(copy) == [])
    }

    @Test func `two copies of one backup, and a copy of a copy, never meet`() throws {
        let (directory, _) = try filled()
        let (one, _) = try backUp(directory)
        let (two, _) = try backUp(directory)
        let first = try start(one).append("1")
        let second = try start(two, at: Self.startedAt + 1).append("1", "2")
        #expect(second > first)
        let (three, _) = try backUp(two)
        let third = try start(three, at: Self.startedAt + 60_000_000).append("1")
        #expect(third > second + 1)
        #expect(try readAll(three).count == 8)
        #expect(try findings(three) == [])
        #expect(try LogEpoch.all(in: three.events, disk: LinuxDisk()).count == 2)
    }

    @Test func `a clock that was set back does not bring sequences back`() throws {
        let (directory, _) = try filled()
        let (copy, _) = try backUp(directory)
        #expect(try start(copy, at: 5).append("1") == UInt64(Self.copiedAt) + 1)
    }

    @Test func `a copy on a disk that takes nothing gives no sequence before its new epoch`() throws {
        let (directory, _) = try filled()
        let (copy, _) = try backUp(directory)
        let disk = FaultyDisk()
        disk.faults.withLock { $0.refusedCreations = 3 }
        let log = try start(copy, disk: disk)
        #expect(throws: SpoolError.self) { try log.append("1") }
        #expect(throws: SpoolError.self) { try log.append("1") }
        #expect(try log.append("1") == UInt64(Self.startedAt))
        #expect(try findings(copy) == [])
    }

    @Test func `records that are lost before an epoch are missing all the same`() throws {
        let (directory, _) = try filled()
        let (copy, _) = try backUp(directory)
        let log = try start(copy)
        let first = try log.append("1")
        try copy.write("events/" + SegmentName.name(first: 5), [])
        #expect(try readAll(copy).contains("missing 5..<6"))
        #expect(try findings(copy).contains { $0.kind == .missing(5..<6) })
        // And where the epoch's own file is gone, all that it left out is.
        let epoch = copy.events + "/" + SegmentName.name(first: first).dropLast(SegmentName.suffix.count) + ".epoch"
        try LinuxDisk().remove(epoch)
        #expect(try readAll(copy).contains("missing 5..<\(first)"))
    }

    @Test func `a spool that was copied by other means is marked by hand`() throws {
        let (directory, log) = try filled()
        let logs = try SpoolBackup.markCopy(directory.layout, disk: LinuxDisk(), nowMicroseconds: Self.copiedAt)
        #expect(logs == ["events"])
        #expect(try log.append("6") == 6, "whoever writes it now is the original")
        withExtendedLifetime(log) {}
    }

    @Test func `a backup never takes the place of something, nor goes on with one that broke off`() throws {
        let (directory, _) = try filled()
        let (copy, _) = try backUp(directory)
        #expect(throws: SpoolError.disk(IOError("create", copy.path, errno: EEXIST))) {
            try SpoolBackup(of: directory.layout, to: copy.path, disk: LinuxDisk(), nowMicroseconds: 1)
        }
        let other = try TemporaryDirectory(isMade: false)
        let disk = FaultyDisk()
        disk.faults.withLock { $0.refusedCreations = 1 }
        #expect(throws: SpoolError.self) {
            try SpoolBackup(of: directory.layout, to: other.path, disk: disk, nowMicroseconds: 1)
        }
        #expect(throws: IOError.self) { try LinuxDisk().names(in: other.path) }
        #expect(throws: SpoolError.disk(IOError("create", other.path + ".partial", errno: EEXIST))) {
            try SpoolBackup(of: directory.layout, to: other.path, disk: LinuxDisk(), nowMicroseconds: 1)
        }
    }

    @Test func `a copy made beside a writer that never rests is whole`() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory, segmentBytes: 10_000), limits: .init()) { _ in }
        let isDone = Monitor(false)
        let outcomes = LogWriterTests.Outcomes()
        let sender = try WorkerThread(name: "sender") {
            var number = 0
            let recordsLimit = 5000
            while number < recordsLimit, !isDone.withLock({ $0 }) {
                let (line, offset) = record("\(number)")
                try? writer.submit(line, sequenceOffset: offset, waiter: LogWriterTests.Outcomes.Waiter(outcomes))
                number += 1
            }
        }
        outcomes.sequences.wait { $0.count < 100 ? nil : () }
        for _ in 0..<4 {
            let acknowledged = outcomes.sequences.withLock { $0.count }
            let (copy, backup) = try backUp(directory)
            let records = try readAll(copy)
            #expect(records.count >= acknowledged)
            #expect(records.count == Int(backup.logs[0].nextSequence) - 1)
            #expect(try findings(copy) == [])
        }
        isDone.withLock { $0 = true }
        sender.join()
        writer.stop()
    }
}
