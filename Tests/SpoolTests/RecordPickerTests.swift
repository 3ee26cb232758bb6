import DurableIO
import Spool
import Testing

struct RecordPickerTests {
    private func text(_ line: [UInt8]?) throws -> Substring? {
        try line.map { line in
            #expect(line.last == UInt8(ascii: "}"), "without its newline")
            let text = String(decoding: line, as: UTF8.self)
            return try #require(text.firstMatch(of: #/"n":([^,]*),"crc32c"/#)).output.1
        }
    }

    @Test func `records are found in any order, across segments`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 500)
        for number in 1...100 { try log.append("\(number)") }
        #expect(try directory.names("events").count > 5)
        let picker = RecordPicker(directory: directory.events, disk: LinuxDisk())
        for sequence: UInt64 in [1, 2, 50, 49, 100, 1, 1, 99] {
            #expect(try text(picker.line(sequence)) == "\(sequence)")
        }
    }

    @Test func `far apart they are found too`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory)
        var records = group((1...10_000).map(String.init))
        _ = try log.append(&records)
        let picker = RecordPicker(directory: directory.events, disk: LinuxDisk())
        for sequence: UInt64 in [3, 4_098, 4_099, 9_999] {
            #expect(try text(picker.line(sequence)) == "\(sequence)")
        }
    }

    @Test func `what is trimmed or not committed is not there, and what is behind it is`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 500)
        for number in 1...20 { try log.append("\(number)") }
        let first = try #require(try directory.names("events").first)
        try LinuxDisk().remove(directory.events + "/" + first)
        let begin = try #require(try LogStatistics.firstSequence(in: directory.events, disk: LinuxDisk()))
        let picker = RecordPicker(directory: directory.events, disk: LinuxDisk())
        #expect(try picker.line(1) == nil)
        #expect(try text(picker.line(begin)) == "\(begin)")
        #expect(try picker.line(21) == nil)
        try log.append("21")
        #expect(try text(picker.line(21)) == "21")
        #expect(try picker.line(21, limit: LogPosition(segment: begin, offset: 0, nextSequence: 5)) == nil)
    }

    @Test func `no record that is still to come stands before the last segment`() throws {
        let directory = try TemporaryDirectory()
        let disk = LinuxDisk()
        #expect(try LogStatistics.lastSegmentSequence(in: directory.path, disk: disk) == 1)
        let log = try LogAppender(directory, segmentBytes: 500)
        for number in 1...20 {
            let bound = try LogStatistics.lastSegmentSequence(in: directory.events, disk: disk)
            #expect(try log.append("\(number)") >= bound)
            #expect(bound <= UInt64(number))
        }
    }
}
