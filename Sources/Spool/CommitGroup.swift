/// Records that share one write and one synchronization.
package struct CommitGroup: Sendable {
    struct Entry: Sendable {
        let range: Range<Int>
        let sequenceOffset: Int
        let waiter: (any CommitWaiter)?
    }

    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }
    package var byteCount: Int { bytes.count }
    package var recordCount: Int { entries.count }

    /// - Parameters:
    ///   - line: the record without its trailer, its sequence number in 20 placeholder digits.
    ///   - sequenceOffset: where in `line` these digits begin.
    package mutating func add(_ line: [UInt8], sequenceOffset: Int, waiter: (any CommitWaiter)? = nil) {
        let start = bytes.count
        RecordFormat.append(line, to: &bytes)
        entries.append(Entry(range: start..<bytes.count, sequenceOffset: sequenceOffset, waiter: waiter))
    }

    /// Adds records that are to be on disk together or not at all.
    ///
    /// - Parameter waiter: told once, of the last one's sequence; the others stand before it without a gap.
    package mutating func add(batch: [LogRecord], waiter: (any CommitWaiter)? = nil) {
        var rest = batch.count
        for record in batch {
            rest -= 1
            let start = bytes.count
            RecordFormat.append(record, batchRest: rest, to: &bytes)
            entries.append(
                Entry(
                    range: start..<bytes.count, sequenceOffset: record.sequenceOffset, waiter: rest == 0 ? waiter : nil)
            )
        }
    }

    /// How many bytes a batch adds to a group.
    static func byteCount(ofBatch records: [LogRecord]) -> Int {
        // The last one does not tell of others.
        records.reduce(-RecordFormat.batchRestBytes) {
            $0 + $1.line.count + RecordFormat.batchRestBytes + RecordFormat.trailerBytes
        }
    }

    mutating func stamp(from first: UInt64) {
        var sequence = first
        for entry in entries {
            RecordFormat.stamp(&bytes, at: entry.range, sequenceOffset: entry.sequenceOffset, sequence: sequence)
            sequence += 1
        }
    }

    /// Empties the group; its memory is kept for the next one unless a burst made it large.
    mutating func reset() {
        let keptBytes = 1 << 20
        bytes.removeAll(keepingCapacity: bytes.capacity <= keptBytes)
        entries.removeAll(keepingCapacity: true)
    }
}

/// A record on its way to a log, without its trailer.
package struct LogRecord: Sendable {
    package var line: [UInt8]
    /// Where in `line` the 20 placeholder digits of its sequence number begin.
    package var sequenceOffset: Int

    package init(line: [UInt8], sequenceOffset: Int) {
        self.line = line
        self.sequenceOffset = sequenceOffset
    }
}

/// Somebody who waits for a record, or for a batch of them, to be durable. Told exactly once, on a thread of the log's, in its order.
package protocol CommitWaiter: AnyObject, Sendable {
    /// The record is on disk under this sequence number; of a batch, the last one is, and the others before it.
    func recordWasCommitted(sequence: UInt64)
    /// The record is not acknowledged, and the disk may or may not hold it.
    func recordWasRefused(_ error: SpoolError)
}
