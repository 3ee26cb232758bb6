import DurableIO
import Glibc
import Spool
import Testing

struct LogAppenderTests {
    @Test func `a record is stamped with its sequence and a checksum that others compute alike`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory)
        #expect(try log.append("1") == 1)
        let line = String(decoding: try directory.bytes("events/00000000000000000001.ndjson"), as: UTF8.self)
        // CRC-32C of the bytes before `,"crc32c"`, computed with another implementation.
        let checked = #"{"sequence":"00000000000000000001","n":1"#
        #expect(line == checked + #","crc32c":"\#(referenceChecksum(checked))"}"# + "\n")
    }

    @Test func `sequences are given without gaps, within a group and over restarts`() throws {
        let directory = try TemporaryDirectory()
        do {
            let log = try LogAppender(directory)
            #expect(try log.append("1", "2", "3") == 1)
            #expect(try log.append("4") == 4)
        }
        let log = try LogAppender(directory)
        #expect(log.recovery.findings.isEmpty)
        #expect(try log.append("5") == 5)
        #expect(try readAll(directory) == ["1:1", "2:2", "3:3", "4:4", "5:5"])
    }

    @Test func `a segment that would grow beyond its size is followed by one named after its first sequence`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 150)
        for number in 1...5 { try log.append(String(number)) }
        #expect(
            try directory.names("events") == [
                "00000000000000000001.ndjson", "00000000000000000003.ndjson", "00000000000000000005.ndjson",
            ])
        #expect(try readAll(directory) == ["1:1", "2:2", "3:3", "4:4", "5:5"])
        #expect(try readAll(directory, from: 4) == ["4:4", "5:5"])
    }

    @Test func `rule 5: a second writer of the same log is refused, and told why`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory)
        #expect(throws: SpoolError.locked(path: directory.events)) { try LogAppender(directory) }
        try log.append("1")
    }

    @Test func `rule 6: a group that does not fit beside the reserve is refused and nothing of it is kept`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(
            directory: directory.events, quarantine: directory.quarantine,
            options: LogOptions(segmentBytes: 1 << 20, reserveBytes: 1 << 60), disk: LinuxDisk())
        var records = group(["1"])
        #expect {
            _ = try log.append(&records)
        } throws: { error in
            guard case SpoolError.full(_, 1 << 60) = error else { return false }
            return true
        }
        #expect(try directory.names("events").isEmpty)
    }

    @Test func `rule 8: a network file system is refused by its type`() throws {
        let directory = try TemporaryDirectory()
        let nfs: UInt64 = 0x6969
        #expect(throws: SpoolError.unsuitableFileSystem(path: directory.events, magic: nfs)) {
            try LogAppender(directory, disk: FaultyDisk(magic: nfs))
        }
    }

    @Test func `rule 3: after a short write the group is cut off and the next one follows the last good one`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let log = try LogAppender(directory, disk: disk)
        try log.append("1")
        disk.faults.withLock { $0.shortWrites = 1 }
        #expect(throws: SpoolError.self) { try log.append("2") }
        #expect(try log.append("3") == 2)
        #expect(try readAll(directory) == ["1:1", "2:3"])
        #expect(try directory.names("events").count == 1)
    }

    @Test func `rule 2: after a failed synchronization the segment is abandoned and the next record is in a new one`()
        throws
    {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let log = try LogAppender(directory, disk: disk)
        try log.append("1")
        disk.faults.withLock { $0.failedSynchronizations = 1 }
        #expect(throws: SpoolError.self) { try log.append("2", "3") }
        #expect(try log.append("4") == 2)
        #expect(try directory.names("events") == ["00000000000000000001.ndjson", "00000000000000000002.ndjson"])
        #expect(try readAll(directory) == ["1:1", "2:4"])
    }

    @Test func `rule 2: what a failed group left in an abandoned segment is never read, cut off or not`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let log = try LogAppender(directory, disk: disk)
        try log.append("1")
        disk.faults.withLock {
            $0.failedSynchronizations = 1
            $0.failedTruncations = 1
        }
        #expect(throws: SpoolError.self) { try log.append("2", "3") }
        try log.append("4")
        #expect(try readAll(directory) == ["1:1", "2:4"])
    }

    @Test func `rule 1: a group is acknowledged after its write, its synchronization and that of the new file's name`()
        throws
    {
        let directory = try TemporaryDirectory()
        let disk = RecordingDisk()
        let log = try LogAppender(directory, disk: disk)
        disk.calls.withLock { $0 = [] }
        try log.append("1")
        let segment = SegmentName.name(first: 1), commits = SegmentName.commitsName(first: 1)
        let calls = disk.calls.withLock { $0 }
        let write = try #require(calls.firstIndex(of: "write " + segment))
        let created = try #require(calls.firstIndex(of: "fsync events"))
        let synchronized = try #require(calls.firstIndex(of: "fdatasync " + segment))
        #expect(created < write && write < synchronized)
        #expect(calls.last == "write " + commits, "others see it after that: \(calls)")
        for call in ["fsync events", "fdatasync " + segment] {
            let refusing = RecordingDisk()
            refusing.refused.withLock { $0 = [call] }
            let other = try TemporaryDirectory()
            let log = try LogAppender(other, disk: refusing)
            #expect(throws: SpoolError.self, "\(call)") { try log.append("1") }
            #expect(log.position.nextSequence == 1)
        }
    }

    @Test func `rule 5: the next segment is named after what is on the disk, whatever a cursor says`() throws {
        let directory = try TemporaryDirectory()
        do {
            let log = try LogAppender(directory, segmentBytes: 1)
            try log.append("1")
            try log.append("2")
        }
        let cursors = CursorStore(layout: directory.layout, disk: LinuxDisk())
        try cursors.register(ConsumerCursor(consumer: ConsumerName("ahead"), log: "events", next: 99))
        let log = try LogAppender(directory, segmentBytes: 1)
        // Somebody has put a file where the next segment is due: it is not written to, its sequence stays unused.
        try directory.write("events/" + SegmentName.name(first: 3), [])
        #expect(try log.append("4") == 4)
        #expect(try directory.bytes("events/" + SegmentName.name(first: 3)).isEmpty)
    }

    @Test func `a failed synchronization of the very first group leaves no file in the way of the next`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let log = try LogAppender(directory, disk: disk)
        disk.faults.withLock { $0.failedSynchronizations = 1 }
        #expect(throws: SpoolError.self) { try log.append("1") }
        #expect(try log.append("2") == 1)
        #expect(try readAll(directory) == ["1:2"])
    }
}

/// CRC-32C bit by bit, from the polynomial alone.
private func referenceChecksum(_ text: String) -> String {
    var crc: UInt32 = .max
    for byte in text.utf8 {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
    let digits = String(~crc, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}
