import DurableIO
import Foundation
import Testing

@testable import Spool

/// Sealed segments in compressed form, and what readers, retention and copies make of them.
struct LogCompressionTests {
    private func filled(_ segments: Int = 5, textBytes: Int = 0) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 1)
        let fill = String(repeating: "text ", count: textBytes / 5)
        for number in 0..<segments { try log.append("\"\(2 * number)\(fill)\"", "\"\(2 * number + 1)\(fill)\"") }
        return directory
    }

    private func compress(_ directory: TemporaryDirectory, disk: any Disk = LinuxDisk()) throws
        -> LogCompression.Outcome
    {
        try LogCompression(log: "events", of: directory.layout, disk: disk).run()
    }

    private func verify(_ directory: TemporaryDirectory) throws -> LogVerification {
        try LogVerification(directory: directory.events, disk: LinuxDisk())
    }

    @Test(arguments: [0, 100_000, 1_000_000])
    func `compressed segments read and verify as before, and all but the last two are compressed`(
        textBytes: Int
    ) throws {
        let directory = try filled(textBytes: textBytes)
        let (before, verified) = (try readAll(directory), try verify(directory))
        let time = try StoredSegment.all(in: directory.events, disk: LinuxDisk()).map(\.modificationSeconds)
        let outcome = try compress(directory)
        #expect(outcome.segments == 3)
        if textBytes > 0 { #expect(outcome.bytesAfter < outcome.bytesBefore / 10) }
        #expect(
            try directory.names("events") == [
                SegmentName.name(first: 1) + ".zst", SegmentName.name(first: 3) + ".zst",
                SegmentName.name(first: 5) + ".zst", SegmentName.name(first: 7), SegmentName.name(first: 9),
            ])
        #expect(try readAll(directory) == before)
        #expect(try readAll(directory, from: 6).count == 5)
        let after = try verify(directory)
        #expect(after.isWhole && after.hash == verified.hash && after.bytes == verified.bytes)
        #expect(try StoredSegment.all(in: directory.events, disk: LinuxDisk()).map(\.modificationSeconds) == time)
        let lag = try LogLag(directory: directory.events, from: 1, logEnd: 11, disk: LinuxDisk())
        #expect(lag.bytes == verified.bytes)
        #expect(try compress(directory).segments == 0)
        let log = try LogAppender(directory, segmentBytes: 1)
        #expect(try log.append("9") == 11)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/zstd"), "there is no zstd"))
    func `the zstd command gives the segment back`() throws {
        let directory = try filled(textBytes: 700_000)
        let segment = try directory.bytes("events/" + SegmentName.name(first: 1))
        _ = try compress(directory)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/zstd")
        process.arguments = ["-dcq", directory.events + "/" + SegmentName.name(first: 1) + ".zst"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        #expect(Array(output.fileHandleForReading.readDataToEndOfFile()) == segment)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test func `whatever bit of a compressed segment is flipped, no wrong record is read, and what is lost is told`()
        throws
    {
        let directory = try filled(4)
        _ = try compress(directory)
        let name = "events/" + SegmentName.name(first: 1) + ".zst"
        let bytes = try directory.bytes(name)
        let right = try readAll(directory)
        var foundCount = 0
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << UInt8(bit)
                try directory.write(name, flipped)
                let found = try readAll(directory)
                let records = found.filter { $0.contains(":") }
                #expect(records == right.filter { records.contains($0) }, "bit \(bit) of byte \(index)")
                let isWhole = try verify(directory).isWhole
                #expect(isWhole == (found == right), "bit \(bit) of byte \(index)")
                if !isWhole { foundCount += 1 }
            }
        }
        #expect(foundCount > bytes.count * 7)
    }

    @Test func `a compressed segment that is cut anywhere is told`() throws {
        let directory = try filled(4)
        _ = try compress(directory)
        let name = "events/" + SegmentName.name(first: 1) + ".zst"
        let bytes = try directory.bytes(name)
        for length in bytes.indices {
            try directory.write(name, Array(bytes[..<length]))
            #expect(try readAll(directory).first == "missing 1..<3")
            #expect(try !verify(directory).isWhole)
        }
    }

    @Test func `of a large segment only the damaged frame is lost`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 4 << 20)
        for number in 0..<40 { try log.append("\"\(number)\(String(repeating: "x", count: 50_000))\"") }
        let segmentBytes = log.position.offset
        for _ in 0..<2 { try log.append("\"\(String(repeating: "y", count: 4 << 20))\"") }
        _ = try compress(directory)
        let name = "events/" + SegmentName.name(first: 1) + ".zst"
        var bytes = try directory.bytes(name)
        bytes[bytes.count / 2] ^= 1
        try directory.write(name, bytes)
        let read = try readAll(directory).filter { $0.contains(":") }
        // Those whose bytes lie in the frame, whole or in part.
        let recordsInFrame = CompressedSegment.frameContentBytes / 50_000 + 2
        #expect(segmentBytes > 7 * UInt64(CompressedSegment.frameContentBytes))
        #expect((42 - recordsInFrame..<42).contains(read.count))
        #expect(try readAll(directory).contains { $0.hasPrefix("damaged line") })
    }

    @Test func `a crash in the middle leaves the segment, and the next run begins anew`() throws {
        for call in ["write", "fdatasync", "rename", "unlink"] {
            let directory = try filled(3)
            let before = try readAll(directory)
            let disk = RecordingDisk()
            let target = SegmentName.name(first: 1) + ".zst"
            let names = ["rename": target, "unlink": SegmentName.name(first: 1)]
            disk.refused.withLock { $0 = [call + " " + (names[call] ?? target + ".new")] }
            #expect(throws: CursorError.self, "\(call)") { try compress(directory, disk: disk) }
            #expect(try readAll(directory) == before)
            #expect(try verify(directory).isWhole)
            #expect(try compress(directory).segments == 1)
            #expect(try readAll(directory) == before)
            #expect(try directory.names("events").count == 3)
        }
    }

    @Test func `compressed segments are trimmed and copied as the others`() throws {
        let directory = try filled()
        _ = try compress(directory)
        let copy = try TemporaryDirectory(isMade: false)
        _ = try SpoolBackup(of: directory.layout, to: copy.path, disk: LinuxDisk(), nowMicroseconds: 1)
        #expect(try readAll(copy) == readAll(directory))
        let looks = SpoolRetention(of: directory.layout, disk: LinuxDisk()).apply(
            RetentionPolicy(ageSecondsLimit: nil, bytesLimit: 0), nowSeconds: 0)
        #expect(try looks[0].trim.get().removed.sequences == 1..<7)
        #expect(try LinuxDisk().names(in: directory.events).count == 4, "two segments and their commit files")
    }

    @Test func `a log whose newest segments are gone goes on behind the compressed ones`() throws {
        let directory = try filled(4)
        _ = try compress(directory)
        for first in [5, 7] as [UInt64] {
            try LinuxDisk().remove(directory.events + "/" + SegmentName.name(first: first))
            try LinuxDisk().remove(directory.events + "/" + SegmentName.commitsName(first: first))
        }
        let log = try LogAppender(directory)
        #expect(try log.append("\"x\"") == 5)
        #expect(try readAll(directory).count == 5)
    }
}
