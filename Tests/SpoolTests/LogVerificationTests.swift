import DurableIO
import Foundation
import Spool
import Testing

struct LogVerificationTests {
    private let first = "events/00000000000000000001.ndjson"

    /// Three groups in two segments: 1 and 2; 3; 4 and 5.
    private func filled() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 150)
        try log.append("1", "2")
        try log.append("3")
        try log.append("4", "5")
        return directory
    }

    private func verify(_ directory: TemporaryDirectory) throws -> LogVerification {
        try LogVerification(directory: directory.events, disk: LinuxDisk())
    }

    @Test func `a log as it was written is whole, over segments, restarts and abandoned ones`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        for round in 0..<4 {
            let log = try LogAppender(directory, segmentBytes: 300, disk: disk)
            for number in 0..<5 { try log.append("\(round)", "\(number)") }
            disk.faults.withLock { $0.failedSynchronizations = 1 }
            #expect(throws: SpoolError.self) { try log.append("lost") }
            try log.append("\(round)")
            disk.faults.withLock {
                $0.failedSynchronizations = 1
                $0.failedTruncations = 1
            }
            #expect(throws: SpoolError.self) { try log.append("left") }
            try log.append("\(round)")
        }
        let found = try verify(directory)
        #expect(found.findings == [])
        #expect(found.recordsCount == 4 * 12)
        #expect(found.uncommittedBytes > 0)
    }

    @Test func `every flipped bit is found, and the damaged line is named`() throws {
        let pristine = try filled()
        let bytes = try pristine.bytes(first)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << UInt8(bit)
                let line = bytes[..<index].count { $0 == UInt8(ascii: "\n") } + 1
                try pristine.write(first, flipped)
                let found = try verify(pristine)
                let damagedLines = found.findings.compactMap { finding -> Int? in
                    if case .damaged(let damage) = finding.kind { return damage.line } else { return nil }
                }
                #expect(damagedLines.contains(line), "bit \(bit) of byte \(index)")
                #expect(found.findings.contains { if case .wrongChain = $0.kind { true } else { false } })
            }
        }
        #expect(lines.count == 3)
    }

    @Test func `a line that was changed and given a right checksum is found by the chain`() throws {
        let directory = try filled()
        let other = try TemporaryDirectory()
        try LogAppender(other).append("1", "9")
        let bytes = try other.bytes(first)
        try directory.write(first, bytes)
        let found = try verify(directory)
        #expect(found.findings.map(\.kind) == [.wrongChain(bytes: 0..<UInt64(bytes.count), sequences: 1..<3)])
    }

    @Test func `a group that was cut out whole is found, though each line left is right`() throws {
        let directory = try filled()
        let second = "events/00000000000000000003.ndjson"
        let bytes = try directory.bytes(second)
        try directory.write(second, [])
        #expect(!bytes.isEmpty)
        let found = try verify(directory)
        #expect(found.findings.contains { if case .committedAndGone = $0.kind { true } else { false } })
    }

    @Test func `a segment that is gone is missed, and the chain over it is broken`() throws {
        let directory = try TemporaryDirectory()
        let log = try LogAppender(directory, segmentBytes: 100)
        for number in 1...3 { try log.append("\(number)") }
        try FileManager.default.removeItem(atPath: directory.path + "/events/00000000000000000002.ndjson")
        let kinds = try verify(directory).findings.map(\.kind)
        #expect(kinds.contains(.missing(2..<3)))
        #expect(kinds.contains(.brokenLink))
    }

    @Test func `zeros anywhere are found`() throws {
        let directory = try filled()
        let bytes = try directory.bytes(first)
        for start in stride(from: 0, to: bytes.count, by: 7) {
            var zeroed = bytes
            let end = min(start + 20, bytes.count)
            for index in start..<end { zeroed[index] = 0 }
            try directory.write(first, zeroed)
            #expect(try !verify(directory).isWhole, "zeros from \(start)")
        }
    }

    @Test func `without a commit file the checksums are all there is, and that is said`() throws {
        let directory = try filled()
        try FileManager.default.removeItem(atPath: directory.path + "/events/00000000000000000001.commits")
        #expect(try verify(directory).findings.map(\.kind) == [.noCommitFile])
    }
}
