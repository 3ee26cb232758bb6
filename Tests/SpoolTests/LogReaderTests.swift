import DurableIO
import Foundation
import Spool
import Testing
import Threading

struct LogReaderTests {
    @Test func `a reader follows a writer across segments and misses nothing`() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory, segmentBytes: 1000), limits: .init()) { _ in }
        let total = 3000
        let outcomes = LogWriterTests.Outcomes()
        let sender = try WorkerThread(name: "sender") {
            for number in 1...total {
                let (line, offset) = record("\(number)")
                try? writer.submit(line, sequenceOffset: offset, waiter: LogWriterTests.Outcomes.Waiter(outcomes))
                // So that groups are small and segments many.
                if number % 7 == 0 { _ = writer.waitForCommit(after: UInt64(number)) }
            }
        }
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        var values: [Int] = []
        while values.count < total {
            let position = writer.position
            switch try reader.next(limit: position) {
            case .record(let sequence, let range):
                values.append(try #require(value(reader.buffer[range])))
                #expect(sequence == UInt64(values.count))
                #expect(sequence < position.nextSequence, "nothing is shown before it is committed")
            case .end: _ = writer.waitForCommit(after: reader.nextSequence)
            case .damaged(let damage): Issue.record("\(damage)")
            case .missing(let range): Issue.record("missing \(range)")
            }
        }
        sender.join()
        writer.stop()
        #expect(values == Array(1...total))
        #expect(try directory.names("events").count > 10)
    }

    @Test func `waiting for a commit ends when the log is closed`() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory), limits: .init()) { _ in }
        let isDone = Monitor(false)
        let waiting = try WorkerThread(name: "waiting") {
            _ = writer.waitForCommit(after: 1)
            isDone.update {
                $0 = true
                return .all
            }
        }
        writer.stop()
        #expect(isDone.wait(milliseconds: 20_000) { $0 ? true : nil } == true)
        waiting.join()
    }

    @Test func `a reader begins at any sequence`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 200)
        for number in 1...20 { try log.append("\(number)") }
        #expect(try directory.names("events").count > 4)
        for start in 1...21 as ClosedRange<UInt64> {
            let expected = start > 20 ? [] : (start...20).map { "\($0):\($0)" }
            #expect(try readAll(directory, from: start) == expected)
        }
        #expect(try readAll(directory, from: 0) == readAll(directory))
        #expect(try readAll(directory, from: 500).isEmpty)
        #expect(try readAll(directory, from: .max).isEmpty)
    }

    @Test func `a log that does not exist yet is empty, and is followed once it does`() throws {
        let directory = try TemporaryDirectory()
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        #expect(try read(reader) == [])
        let log = try LogAppender(directory)
        #expect(try read(reader) == [])
        try log.append("1")
        #expect(try read(reader) == ["1:1"])
    }

    @Test func `a first segment that is gone is told as missing, and the rest is read`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 200)
        for number in 1...9 { try log.append("\(number)") }
        let names = try directory.names("events")
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        #expect(try readOne(reader) == "1:1")
        try LinuxDisk().remove(directory.events + "/" + names[0])
        // The one that has it open reads on; the others begin with what there is.
        #expect(try read(reader) == (2...9).map { "\($0):\($0)" })
        let second = try #require(SegmentName.first(in: names[1]))
        #expect(try readAll(directory) == ["missing 1..<\(second)"] + (second...9).map { "\($0):\($0)" })
        #expect(try readAll(directory, from: second) == (second...9).map { "\($0):\($0)" })
    }

    @Test func `a segment that is gone from the middle is told as missing`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 1)
        for number in 1...4 { try log.append("\(number)") }
        try LinuxDisk().remove(directory.events + "/" + SegmentName.name(first: 2))
        #expect(try readAll(directory) == ["1:1", "missing 2..<3", "3:3", "4:4"])
    }

    @Test func `what is not committed is hidden, whole records and half ones`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory)
        let empty = log.position
        try log.append("1", "2")
        let position = log.position
        try log.append("3")
        try append("half a rec", to: directory.events + "/" + SegmentName.name(first: 1))
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        #expect(try read(reader, limit: position) == ["1:1", "2:2"])
        #expect(try read(reader, limit: log.position) == ["3:3"])
        #expect(try readAll(directory, limit: position) == ["1:1", "2:2"])
        #expect(try readAll(directory, limit: empty).isEmpty)
    }

    @Test func `half a record that is cut off and written anew is read as what it became`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory)
        try log.append("1")
        let path = directory.events + "/" + SegmentName.name(first: 1)
        let size = log.position.offset
        try append("half of another rec", to: path)
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        #expect(try read(reader) == ["1:1"])
        try LinuxDisk().openFile(path).truncate(to: size)
        try log.append("2")
        #expect(try read(reader) == ["2:2"])
    }

    @Test func `a segment that became shorter than what was read of it is read again`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory)
        try log.append("1")
        let path = directory.events + "/" + SegmentName.name(first: 1)
        let size = log.position.offset
        try append(String(repeating: "no record\n", count: 50), to: path)
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        // What is behind the last commit is not shown.
        #expect(try read(reader) == ["1:1"])
        try LinuxDisk().openFile(path).truncate(to: size)
        #expect(try read(reader) == [])
        try log.append("2")
        #expect(try read(reader) == ["2:2"])
    }

    @Test func `a reader that is at the end of a segment never takes what a failed group left there`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let log = try LogAppender(directory, disk: disk)
        try log.append("1")
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        #expect(try read(reader, limit: log.position) == ["1:1"])
        disk.faults.withLock {
            $0.failedSynchronizations = 1
            $0.failedTruncations = 1
        }
        #expect(throws: SpoolError.self) { try log.append("\"refused\"", "\"refused too\"") }
        try log.append("2")
        #expect(try read(reader, limit: log.position) == ["2:2"])
    }

    @Test func `a directory that cannot be listed is an error, and the reader may be asked again`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("events", Array("a file".utf8))
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        #expect(throws: SpoolError.disk(IOError("opendir", directory.events, errno: ENOTDIR))) { try reader.next() }
        try LinuxDisk().remove(directory.events)
        try LogAppender(directory).append("1")
        #expect(try read(reader) == ["1:1"])
    }

    // MARK: -

    private func read(_ reader: LogReader, limit: LogPosition? = nil) throws -> [String] {
        var found: [String] = []
        while let one = try readOne(reader, limit: limit) { found.append(one) }
        return found
    }

    /// The next thing a reader gives; nil at the end.
    private func readOne(_ reader: LogReader, limit: LogPosition? = nil) throws -> String? {
        switch try reader.next(limit: limit) {
        case .record(let sequence, let range): "\(sequence):\(value(reader.buffer[range]) ?? -1)"
        case .damaged(let damage): "damaged line \(damage.line)"
        case .missing(let range): "missing \(range.lowerBound)..<\(range.upperBound)"
        case .end: nil
        }
    }

    private func value(_ line: ArraySlice<UInt8>) -> Int? {
        let text = String(decoding: line, as: UTF8.self)
        return text.split(separator: "\"n\":").last?.split(separator: ",").first.flatMap { Int($0) }
    }

    private func append(_ text: String, to path: String) throws {
        _ = try LinuxDisk().openFile(path).append(Array(text.utf8).span.bytes)
    }
}
