import DurableIO

/// Bytes of a segment that are no record.
package struct DamagedRange: Sendable, Equatable {
    /// First sequence of the segment.
    package let segment: UInt64
    /// Number of the line in the segment, from 1.
    package let line: Int
    package let offset: UInt64
    package let bytes: UInt64
    /// The sequence that was due here.
    package let expectedSequence: UInt64
    package let fault: RecordFault
}

extension DamagedRange: CustomStringConvertible {
    package var description: String {
        "\(SegmentName.name(first: segment)) line \(line), byte \(offset): \(fault) (sequence \(expectedSequence) was due)"
    }
}

/// One pass over a segment that tells where its right records end.
struct SegmentScan {
    let first: UInt64
    /// First sequence of the segment behind this one: from there on nothing counts here.
    let before: UInt64
    /// What follows the last right record.
    private(set) var nextSequence: UInt64
    /// Offset behind the last right record.
    private(set) var rightEnd: UInt64 = 0
    private(set) var recordsCount = 0
    private(set) var damaged: [DamagedRange] = []
    /// Sequences that lines behind the last right record may have had.
    private(set) var sequencesInTail: UInt64 = 0
    /// Where the records of a batch begin whose last one is not there.
    private var openBatch: BatchStart?

    private struct BatchStart {
        let sequence: UInt64
        let rightEnd: UInt64
        let recordsCount: Int
    }

    private static let chunkBytes = 1 << 20
    /// One damaged range is enough to know; a segment of noise must not fill the memory.
    private static let damagedLimit = 10_000

    init(first: UInt64, before: UInt64 = .max) {
        self.first = first
        self.before = before
        nextSequence = first
    }

    /// Reads the whole file and gives its size.
    mutating func run(file: any DiskFile) throws(IOError) -> UInt64 {
        var buffer: [UInt8] = []
        var offset: UInt64 = 0
        var line = 1
        while true {
            let count = try file.read(into: &buffer, at: offset + UInt64(buffer.count), count: Self.chunkBytes)
            var start = 0
            while let end = unsafe RecordFormat.lineEnd(in: buffer.span.bytes, from: start) {
                let record = unsafe buffer.span.bytes.extracting(start..<end)
                let verdict = RecordFormat.check(record)
                noteBatch(record, verdict)
                judge(verdict, line: line, offset: offset + UInt64(start), bytes: UInt64(end - start))
                start = end
                line += 1
            }
            buffer.removeFirst(start)
            offset += UInt64(start)
            if count == 0 { break }
        }
        if !buffer.isEmpty {
            note(.unterminated, line: line, offset: offset, bytes: UInt64(buffer.count))
            if buffer.contains(where: { $0 != 0 }) { sequencesInTail += 1 }
        }
        return offset + UInt64(buffer.count)
    }

    /// Takes back the records of a batch whose last one is not there: they are part of the tail then.
    ///
    /// - Parameter committed: the sequence behind what is committed. What a commit vouches for was acknowledged, and stays:
    ///   then it is the end of the batch that has rotted.
    mutating func dropOpenBatch(committed: UInt64) {
        guard let openBatch, committed <= openBatch.sequence else { return }
        sequencesInTail += nextSequence - openBatch.sequence
        nextSequence = openBatch.sequence
        rightEnd = openBatch.rightEnd
        recordsCount = openBatch.recordsCount
        self.openBatch = nil
    }

    private mutating func noteBatch(_ record: RawSpan, _ verdict: Result<UInt64, RecordFault>) {
        guard case .success(let sequence) = verdict, sequence >= nextSequence, sequence < before else { return }
        guard RecordFormat.isFollowedInBatch(record) else {
            openBatch = nil
            return
        }
        if openBatch == nil {
            openBatch = BatchStart(sequence: nextSequence, rightEnd: rightEnd, recordsCount: recordsCount)
        }
    }

    private mutating func judge(_ verdict: Result<UInt64, RecordFault>, line: Int, offset: UInt64, bytes: UInt64) {
        switch verdict {
        case .success(let sequence) where sequence >= before:
            // What a failed group left.
            return
        case .success(let sequence) where sequence >= nextSequence:
            if sequence > nextSequence, sequencesInTail == 0 {
                note(.wrongSequence(expected: nextSequence, found: sequence), line: line, offset: offset, bytes: 0)
            }
            nextSequence = sequence + 1
            rightEnd = offset + bytes
            recordsCount += 1
            sequencesInTail = 0
        case .success(let sequence):
            note(.wrongSequence(expected: nextSequence, found: sequence), line: line, offset: offset, bytes: bytes)
            sequencesInTail += 1
        case .failure(let fault):
            note(fault, line: line, offset: offset, bytes: bytes)
            sequencesInTail += 1
        }
    }

    private mutating func note(_ fault: RecordFault, line: Int, offset: UInt64, bytes: UInt64) {
        guard damaged.count < Self.damagedLimit else { return }
        damaged.append(
            DamagedRange(
                segment: first, line: line, offset: offset, bytes: bytes, expectedSequence: nextSequence, fault: fault))
    }
}
