import DurableIO
import Spool
import Testing
import Threading

/// What other processes see of a log whose commit file the disk does not always take.
struct CommitVisibilityTests {
    private let disk = FaultyDisk()

    @Test func `a commit entry that was not taken is covered by the next one, in the same segment`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, disk: disk)
        try log.append("1")
        disk.faults.withLock { $0.refusedEntries = 1 }
        try log.append("2")
        #expect(log.hidesCommitted)
        #expect(try readAll(directory) == ["1:1"])
        #expect(try readAll(directory, limit: log.position) == ["1:1", "2:2"], "the writer's own process knows better")
        try log.append("3")
        #expect(!log.hidesCommitted)
        #expect(try readAll(directory) == ["1:1", "2:2", "3:3"])
        #expect(try directory.names("events").count == 1)
        #expect(try LogVerification(directory: directory.events, disk: LinuxDisk()).findings == [])
    }

    @Test func `without a next one the entry is written when the disk has room for it again`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, disk: disk)
        try log.append("1")
        disk.faults.withLock { $0.refusedEntries = 2 }
        try log.append("2")
        #expect(!log.showCommitted())
        #expect(try readAll(directory) == ["1:1"])
        #expect(log.showCommitted())
        #expect(try readAll(directory) == ["1:1", "2:2"])
        #expect(try directory.names("events").count == 1)
    }

    @Test func `where the commit file takes nothing more, the name of a new segment shows what was committed`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, disk: disk)
        try log.append("1")
        disk.faults.withLock { $0.failedEntries = 1 }
        try log.append("2")
        disk.faults.withLock { $0.refusedCreations = 1 }
        #expect(!log.showCommitted())
        #expect(try readAll(directory) == ["1:1"])
        #expect(log.showCommitted())
        #expect(try directory.names("events") == ["00000000000000000001.ndjson", "00000000000000000003.ndjson"])
        #expect(try readAll(directory) == ["1:1", "2:2"])
        #expect(try log.append("3") == 3)
        #expect(try readAll(directory) == ["1:1", "2:2", "3:3"])
        #expect(try LogVerification(directory: directory.events, disk: LinuxDisk()).findings == [])
    }

    @Test func `rule 6: recovery works on a full disk, and what it could not show an idle writer shows later`() throws {
        let directory = try TemporaryDirectory()
        try LogAppender(directory).append("1", "2")
        // A kill between the record's synchronization and its entry: only the first line of the commit file is left.
        let commits = "events/00000000000000000001.commits"
        try directory.write(commits, Array(try directory.bytes(commits).prefix(CommitEntry.bytesCount)))
        disk.faults.withLock { $0.refusedCreations = 1 }
        let log = try LogAppender(directory, disk: disk)
        #expect(log.hidesCommitted)
        #expect(try readAll(directory) == [])
        #expect(log.showCommitted())
        #expect(try readAll(directory) == ["1:1", "2:2"])
    }

    @Test func `an idle writer shows by itself what was committed, once the disk takes the entry`() throws {
        let directory = try TemporaryDirectory()
        let appender = try LogAppender(directory, disk: disk)
        let writer = try LogWriter(appender, limits: .init()) { _ in }
        let outcomes = LogWriterTests.Outcomes()
        let (line, offset) = record("1")
        try writer.submit(line, sequenceOffset: offset, waiter: LogWriterTests.Outcomes.Waiter(outcomes))
        outcomes.sequences.wait { $0.isEmpty ? nil : () }
        disk.faults.withLock { $0.refusedEntries = 1 }
        try writer.submit(line, sequenceOffset: offset, waiter: LogWriterTests.Outcomes.Waiter(outcomes))
        outcomes.sequences.wait { $0.count < 2 ? nil : () }
        let watch = try DirectoryWatch()
        try watch.add(directory.events)
        let secondsLimit = 20
        for _ in 0..<secondsLimit where try readAll(directory).count < 2 { watch.wait(milliseconds: 1000) }
        #expect(try readAll(directory) == ["1:1", "2:1"])
        writer.stop()
    }
}
