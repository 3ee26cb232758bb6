import DurableIO

/// What a log holds, from the names and sizes of its segments and a look into the last one. Changes nothing.
package struct LogStatistics: Sendable, Equatable {
    package let segmentsCount: Int
    package let bytes: UInt64
    /// Sequence that the first segment begins with; nil if there is no segment.
    package let firstSequence: UInt64?
    /// Sequence that comes after the last right record.
    package let nextSequence: UInt64
    /// Bytes behind the last right record: of a write under way, or what a crash left for the next start.
    package let tailBytes: UInt64

    /// - Throws: ``SpoolError/disk(_:)``; a log that does not exist is empty.
    package init(directory: String, disk: any Disk) throws(SpoolError) {
        do {
            let segments = try StoredSegment.all(in: directory, disk: disk)
            let firsts = segments.map(\.first)
            segmentsCount = firsts.count
            bytes = segments.reduce(0) { $0 + $1.segmentBytes }
            firstSequence = firsts.first
            guard let last = firsts.last else {
                nextSequence = 1
                tailBytes = 0
                return
            }
            var scan = SegmentScan(first: last)
            let size = try scan.run(file: try SegmentFile.openForReading(last, in: directory, disk: disk))
            nextSequence = scan.nextSequence
            tailBytes = size - scan.rightEnd
        } catch {
            throw .disk(error)
        }
    }

    /// Sequence that the last segment begins with, by its name alone: no record that is still to come has a lower one. 1 if
    /// there is no segment.
    package static func lastSegmentSequence(in directory: String, disk: any Disk) throws(SpoolError) -> UInt64 {
        do { return try SegmentName.firsts(in: directory, disk: disk).last ?? 1 } catch { throw .disk(error) }
    }

    /// Sequence that a log begins with, by the name of its first segment alone; nil if there is no segment.
    package static func firstSequence(in directory: String, disk: any Disk) throws(SpoolError) -> UInt64? {
        do { return try SegmentName.firsts(in: directory, disk: disk).first } catch { throw .disk(error) }
    }
}
