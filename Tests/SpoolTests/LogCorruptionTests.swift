import DurableIO
import Spool
import Testing

/// Every kind of damage in every place of a small log: readers, verification and recovery name exactly the lines that are
/// no longer what was written. What those are is found here by comparing bytes, without checksums.
struct LogCorruptionTests {
    /// Two segments: the records 1, 2 and 3 in two groups, then 4 and 5.
    private struct Specimen {
        let directory: TemporaryDirectory
        let firsts: [UInt64] = [1, 4]
        let contents: [[UInt8]]

        init() throws {
            directory = try TemporaryDirectory()
            let log = try LogAppender(directory, segmentBytes: 200)
            try log.append("1", "22")
            try log.append("3")
            try log.append("4")
            try log.append("5")
            let made = directory
            contents = try firsts.map { try made.bytes("events/" + SegmentName.name(first: $0)) }
        }

        func write(_ bytes: [UInt8], to segment: Int) throws {
            try directory.write("events/" + SegmentName.name(first: firsts[segment]), bytes)
        }
    }

    private struct Damage: Equatable, CustomStringConvertible {
        let line: Int
        let offset: UInt64
        let bytes: UInt64
        let due: UInt64

        var description: String { "line \(line) at \(offset), \(bytes) bytes, \(due) due" }
    }

    /// What is in `bytes` and is no line of the original, in its place, and which sequences are left.
    private func judge(_ bytes: [UInt8], against original: [UInt8], first: UInt64) -> (damage: [Damage], left: [UInt64])
    {
        let newline = UInt8(ascii: "\n")
        let lines = original.split(separator: newline).map { Array($0) + [newline] }
        var damage: [Damage] = []
        var left: [UInt64] = []
        var due = first
        var start = 0
        var number = 1
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: newline).map { $0 + 1 } ?? bytes.count
            if let index = lines.firstIndex(of: Array(bytes[start..<end])) {
                left.append(first + UInt64(index))
                due = first + UInt64(index) + 1
            } else {
                damage.append(Damage(line: number, offset: UInt64(start), bytes: UInt64(end - start), due: due))
            }
            start = end
            number += 1
        }
        return (damage, left)
    }

    private func damage(_ ranges: [DamagedRange]) -> [Damage] {
        ranges.map { Damage(line: $0.line, offset: $0.offset, bytes: $0.bytes, due: $0.expectedSequence) }
    }

    /// Writes the bytes in a segment's place, and asks verification and a reader, then recovery.
    private func check(_ bytes: [UInt8], in segment: Int, of specimen: Specimen, _ what: @autoclosure () -> String)
        throws
    {
        let first = specimen.firsts[segment]
        let (expected, left) = judge(bytes, against: specimen.contents[segment], first: first)
        let lost = (first..<(segment == 0 ? 4 : 6)).filter { !left.contains($0) }
        let name = SegmentName.name(first: first)
        try specimen.write(bytes, to: segment)

        let found = try LogVerification(directory: specimen.directory.events, disk: LinuxDisk()).findings
        let named = found.compactMap { finding -> DamagedRange? in
            if case .damaged(let range) = finding.kind, finding.segment == name { range } else { nil }
        }
        #expect(damage(named) == expected, "verification, \(what())")
        #expect(found.isEmpty == (bytes == specimen.contents[segment]), "verification, \(what())")
        #expect(found.allSatisfy { $0.segment == name || segment == 0 }, "verification, \(what())")

        let reader = LogReader(directory: specimen.directory.events, disk: LinuxDisk(), from: 1)
        var (records, missing, read): ([UInt64], [UInt64], [DamagedRange]) = ([], [], [])
        steps: while true {
            switch try reader.next() {
            case .record(let sequence, _): records.append(sequence)
            case .missing(let range): missing += Array(range)
            case .damaged(let range): read.append(range)
            case .end: break steps
            }
        }
        #expect(records == (1...5).filter { !lost.contains($0) }, "reader, \(what())")
        // What is gone from the end of the log is told when something follows it.
        #expect(missing == lost.filter { lost in records.contains { $0 > lost } }, "reader, \(what())")
        // Behind its commit a reader does not look, nor does it know yet whether a line without an end will get one.
        if segment == 0 { #expect(damage(read) == expected, "reader, \(what())") }

        let log = try LogAppender(specimen.directory, segmentBytes: 200)
        defer { withExtendedLifetime(log) {} }
        #expect(try log.append("6") >= 6, "recovery, \(what())")
        guard segment == 1 else { return }
        let lastLeft = expected.filter { range in !left.contains { $0 >= range.due } }
        var told: [Damage] = []
        var cut: [UInt64] = []
        for finding in log.recovery.findings {
            switch finding {
            case .damaged(let range): told += damage([range])
            case .cutTail(_, let offset, _, _): cut.append(offset)
            case .leftTail, .lost: continue
            }
        }
        #expect(told == expected.filter { !lastLeft.contains($0) }, "recovery, \(what())")
        #expect(cut == lastLeft.first.map { [$0.offset] } ?? [], "recovery, \(what())")
    }

    @Test(arguments: [0, 1])
    func `rule 4: cut at every byte, exactly the damaged line is named and the log goes on`(segment: Int) throws {
        let count = try Specimen().contents[segment].count
        for length in 0..<count {
            let specimen = try Specimen()
            try check(Array(specimen.contents[segment][..<length]), in: segment, of: specimen, "cut to \(length)")
        }
    }

    @Test(arguments: [0, 1])
    func `rule 4: with every bit flipped, exactly the damaged lines are named and the log goes on`(segment: Int) throws
    {
        let count = try Specimen().contents[segment].count
        for index in 0..<count {
            for bit in 0..<8 {
                let specimen = try Specimen()
                var bytes = specimen.contents[segment]
                bytes[index] ^= 1 << UInt8(bit)
                try check(bytes, in: segment, of: specimen, "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test(arguments: [0, 1])
    func `rule 4: with any range zeroed, exactly the damaged lines are named and the log goes on`(segment: Int) throws {
        let count = try Specimen().contents[segment].count
        for start in stride(from: 0, to: count, by: 3) {
            for end in stride(from: start + 1, through: count, by: 11) {
                let specimen = try Specimen()
                var bytes = specimen.contents[segment]
                for index in start..<end { bytes[index] = 0 }
                try check(bytes, in: segment, of: specimen, "zeros from \(start) to \(end)")
            }
        }
    }
}
