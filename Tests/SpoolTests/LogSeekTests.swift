import DurableIO
import Spool
import Testing
import Threading

struct LogSeekTests {
    /// Of `"n":7` the number.
    private func number(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        String(decoding: bytes[range], as: UTF8.self).firstMatch(of: #/"n":([0-9]+)/#).flatMap { Int($0.output.1) } ?? 0
    }

    private func seek(_ number: Int, in directory: TemporaryDirectory) throws -> UInt64 {
        try LogSeek.segment(in: directory.events, disk: LinuxDisk()) { self.number($0, $1) < number }
    }

    /// Segments of two records; those of sequence s are numbered 10 s.
    private func fill(_ directory: TemporaryDirectory, records: Int) throws {
        let log = try LogAppender(directory, segmentBytes: 1)
        for first in stride(from: 1, to: records, by: 2) { try log.append("\(10 * first)", "\(10 * first + 10)") }
        #expect(try directory.names("events").count == records / 2)
    }

    @Test func `the last segment that begins before is found, whatever is sought`() throws {
        let directory = try TemporaryDirectory()
        try fill(directory, records: 20)
        #expect(try seek(0, in: directory) == 1)
        for sought in 1...250 {
            // The first records of segments are 10, 30, 50, …, 190.
            let last = stride(from: 10, through: 190, by: 20).filter { $0 < sought }.last ?? 10
            #expect(try seek(sought, in: directory) == UInt64(last / 10), "\(sought)")
        }
    }

    @Test func `a log that is not there begins with 1, a trimmed one where it does`() throws {
        let directory = try TemporaryDirectory()
        #expect(try seek(5, in: directory) == 1)
        try fill(directory, records: 6)
        try LinuxDisk().remove(directory.events + "/" + directory.names("events")[0])
        #expect(try seek(5, in: directory) == 3)
        #expect(try seek(51, in: directory) == 5)
    }

    @Test func `damage does not stand in the way`() throws {
        let directory = try TemporaryDirectory()
        try fill(directory, records: 20)
        // A segment whose first record is damaged begins with its second one, one without any with the next.
        let names = try directory.names("events")
        var bytes = try directory.bytes("events/" + names[4])
        bytes[20] ^= 1
        try directory.write("events/" + names[4], bytes)
        try directory.write("events/" + names[7], Array("nothing\n".utf8))
        #expect(try seek(101, in: directory) == 9)
        #expect(try seek(100, in: directory) == 7)
        #expect(try seek(151, in: directory) == 13)
        #expect(try seek(171, in: directory) == 17)
    }

    @Test func `it looks into a handful of many segments`() throws {
        let directory = try TemporaryDirectory()
        try fill(directory, records: 400)
        let looks = Monitor(0)
        let found = try LogSeek.segment(in: directory.events, disk: LinuxDisk()) { bytes, range in
            looks.withLock { $0 += 1 }
            return number(bytes, range) < 3000
        }
        #expect(found == 299)
        #expect(looks.withLock { $0 } <= 8, "200 segments: 8 halvings")
    }
}
