import DurableIO
import Spool
import Testing

struct LogStatisticsTests {
    private func statistics(_ directory: TemporaryDirectory) throws -> [UInt64?] {
        let facts = try LogStatistics(directory: directory.events, disk: LinuxDisk())
        return [UInt64(facts.segmentsCount), facts.bytes, facts.firstSequence, facts.nextSequence, facts.tailBytes]
    }

    @Test func `a log that does not exist, or has no segment, is empty`() throws {
        let directory = try TemporaryDirectory()
        #expect(try statistics(directory) == [0, 0, nil, 1, 0])
        let log = try LogAppender(directory)
        #expect(try statistics(directory) == [0, 0, nil, 1, 0])
        #expect(log.position.nextSequence == 1)
    }

    @Test func `segments, bytes and sequences are counted, also when the first ones are gone`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 200)
        for number in 1...9 { try log.append("\(number)") }
        let names = try directory.names("events")
        let bytes = try names.map { UInt64(try directory.bytes("events/" + $0).count) }
        #expect(try statistics(directory) == [UInt64(names.count), bytes.reduce(0, +), 1, 10, 0])
        try LinuxDisk().remove(directory.events + "/" + names[0])
        let second = SegmentName.first(in: names[1])
        #expect(
            try statistics(directory) == [UInt64(names.count - 1), bytes.dropFirst().reduce(0, +), second, 10, 0])
    }

    @Test func `what is behind the last right record is the tail`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory)
        try log.append("1", "2")
        let size = log.position.offset
        let segment = try directory.bytes("events/" + SegmentName.name(first: 1))
        try directory.write("events/" + SegmentName.name(first: 1), segment + Array("torn".utf8))
        #expect(try statistics(directory) == [1, size + 4, 1, 3, 4])
        #expect(try directory.bytes("events/" + SegmentName.name(first: 1)).count == segment.count + 4, "untouched")
    }

    @Test func `other files beside the segments do not count`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory)
        try log.append("1")
        let before = try statistics(directory)
        for name in ["note", "1.ndjson", SegmentName.name(first: 2) + ".gz", "." + SegmentName.name(first: 3)] {
            try directory.write("events/" + name, [1, 2, 3])
        }
        #expect(try statistics(directory) == before)
        #expect(try readAll(directory) == ["1:1"])
    }
}

struct SegmentNameTests {
    @Test(arguments: [0, 1, 42, 1_000_000, UInt64.max])
    func `a name gives its sequence back`(sequence: UInt64) {
        let name = SegmentName.name(first: sequence)
        #expect(name.utf8.count == 27)
        #expect(SegmentName.first(in: name) == sequence)
    }

    @Test func `the order of names is the order of sequences`() {
        let sequences: [UInt64] = [1, 2, 9, 10, 11, 99, 100, 12_345, 1 << 40, .max - 1, .max]
        let names = sequences.map { SegmentName.name(first: $0) }
        #expect(names == names.sorted())
        #expect(names[0] == "00000000000000000001.ndjson")
        #expect(names[10] == "18446744073709551615.ndjson")
    }

    @Test(
        arguments: [
            "", ".ndjson", "1.ndjson", "0000000000000000001.ndjson", "000000000000000000001.ndjson",
            "00000000000000000001.json", "00000000000000000001.ndjson~", "0000000000000000000x.ndjson",
            "-0000000000000000001.ndjson", "+0000000000000000001.ndjson", "18446744073709551616.ndjson",
            "0000000000000000000\u{661}.ndjson", "00000000000000000001.NDJSON", "00000000000000000001xndjson",
        ])
    func `what is not such a name is none`(name: String) {
        #expect(SegmentName.first(in: name) == nil)
    }
}
