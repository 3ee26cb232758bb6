import DurableIO

/// What a log holds from a sequence on: how far a consumer is behind.
package struct LogLag: Sendable, Equatable {
    /// Sequences from the cursor to the end of the log, lost ones included, but for those between two epochs.
    package let events: UInt64
    /// Bytes of right records that are to be read.
    package let bytes: UInt64
    /// Sequences from the cursor to the beginning of the log: trimmed before the consumer had read them.
    package let trimmed: UInt64
    /// The line of the first record that is to be read, without its newline; nil if there is none.
    package let firstLine: [UInt8]?

    /// Reads the segment that the consumer is in, and counts the later ones by their sizes.
    ///
    /// - Parameter logEnd: the sequence behind the log's last record, see ``LogStatistics/nextSequence``.
    /// - Throws: ``SpoolError/disk(_:)``
    package init(
        directory: String, from next: UInt64, logEnd: UInt64, disk: any Disk
    ) throws(SpoolError) {
        let segments: [StoredSegment]
        let begin: UInt64
        do throws(IOError) {
            segments = try StoredSegment.all(in: directory, disk: disk)
            begin = max(next, segments.first?.first ?? next)
            events = logEnd > next ? try LogEpoch.usedCount(of: next..<logEnd, in: directory, disk: disk) : 0
            trimmed = try LogEpoch.usedCount(of: next..<begin, in: directory, disk: disk)
        } catch {
            throw .disk(error)
        }
        guard begin < logEnd, let current = segments.last(where: { $0.first <= begin }) else {
            bytes = 0
            firstLine = nil
            return
        }
        let later = segments.filter { $0.first > current.first }
        let segmentEnd = later.first?.first ?? .max
        let reader = LogReader(directory: directory, disk: disk, from: begin)
        var line: [UInt8]?
        var bytes: UInt64 = 0
        reading: while reader.nextSequence < segmentEnd {
            switch try reader.next() {
            case .record(_, let range):
                if line == nil { line = Array(reader.buffer[range].dropLast()) }
                bytes += UInt64(range.count)
            case .damaged, .missing: continue
            case .end: break reading
            }
        }
        // The consumer's own segment may end in damage: then the first record is in the next one.
        while line == nil, case let step = try reader.next() {
            if case .record(_, let range) = step { line = Array(reader.buffer[range].dropLast()) }
            if case .end = step { break }
        }
        self.bytes = later.reduce(bytes) { $0 + $1.contentBytes }
        firstLine = line
    }
}
