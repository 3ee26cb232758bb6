import DurableIO
import Testing

@testable import Spool

@Suite struct LogDistanceTests {
    private let directory: TemporaryDirectory
    private let disk = LinuxDisk()

    init() throws { directory = try TemporaryDirectory() }

    @Test func `where each record is a commit it is what a reader of the whole log finds`() throws {
        let log = try LogAppender(directory, segmentBytes: 400)
        for number in 0..<50 { try log.append(String(repeating: "1", count: number)) }
        for next: UInt64 in 1...52 {
            let distance = try LogDistance(directory: directory.events, from: next, end: 51, disk: disk)
            let lag = try LogLag(directory: directory.events, from: next, logEnd: 51, disk: disk)
            #expect(distance.events == lag.events && distance.bytes == lag.bytes, "\(next)")
            #expect(distance.firstLine == lag.firstLine, "\(next)")
            #expect(try LogDistance(directory: directory.events, from: next, end: nil, disk: disk) == distance)
        }
    }

    @Test func `inside of a commit it is measured from the commit's beginning`() throws {
        let log = try LogAppender(directory)
        try log.append("1")
        try log.append("2", "3", "4")
        let begin = try LogDistance(directory: directory.events, from: 2, end: 5, disk: disk)
        for next: UInt64 in 3...4 {
            let distance = try LogDistance(directory: directory.events, from: next, end: 5, disk: disk)
            #expect(distance.events == 5 - next)
            #expect(distance.bytes == begin.bytes && distance.firstLine == begin.firstLine)
        }
    }

    @Test func `trimmed segments, a lost commit file and no log at all are no failure`() throws {
        let nothing = try LogDistance(directory: directory.events, from: 7, end: nil, disk: disk)
        #expect(nothing.events == 0 && nothing.bytes == 0 && nothing.firstLine == nil)
        let log = try LogAppender(directory, segmentBytes: 1)
        for number in 0..<4 { try log.append("\(number)") }
        let all = try LogDistance(directory: directory.events, from: 1, end: 5, disk: disk)
        try disk.remove(directory.events + "/" + SegmentName.commitsName(first: 2))
        #expect(try LogDistance(directory: directory.events, from: 1, end: 5, disk: disk) == all)
        let second = try LogDistance(directory: directory.events, from: 2, end: 5, disk: disk)
        try disk.remove(directory.events + "/" + SegmentName.name(first: 1))
        let trimmed = try LogDistance(directory: directory.events, from: 1, end: 5, disk: disk)
        #expect(trimmed.events == 4)
        #expect(trimmed.bytes == second.bytes && trimmed.firstLine == second.firstLine)
    }

    @Test func `a line too long to tell its age is left out`() throws {
        let log = try LogAppender(directory)
        try log.append(String(repeating: "1", count: LogDistance.lineBytesLimit))
        let distance = try LogDistance(directory: directory.events, from: 1, end: 2, disk: disk)
        #expect(distance.events == 1 && distance.bytes > LogDistance.lineBytesLimit && distance.firstLine == nil)
    }

    @Test func `the size of a log counts what stands beside its segments`() throws {
        let log = try LogAppender(directory, segmentBytes: 1)
        for number in 0..<3 { try log.append("\(number)") }
        let size = try LogSize(directory: directory.events, disk: disk)
        var bytes = 0
        for name in try disk.names(in: directory.events) { bytes += try directory.bytes("events/" + name).count }
        #expect(size.segmentsCount == 3 && size.bytes == UInt64(bytes))
    }
}
