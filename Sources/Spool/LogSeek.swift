import DurableIO

/// Finds where to begin in a log whose records ascend by something that only the caller can read, such as their time.
package enum LogSeek {
    /// The first sequence of the last segment that begins before what is sought; that of the whole log where none does.
    ///
    /// Looks into as many segments as the logarithm of their number: into each as far as its first right record, or
    /// behind it where the segment holds none.
    ///
    /// - Parameter isBefore: whether a record, at a range of these bytes, comes before what is sought.
    /// - Throws: ``SpoolError/disk(_:)``.
    package static func segment(
        in directory: String, disk: any Disk, lastBefore isBefore: ([UInt8], Range<Int>) -> Bool
    ) throws(SpoolError) -> UInt64 {
        let firsts: [UInt64]
        do { firsts = try SegmentName.firsts(in: directory, disk: disk) } catch { throw .disk(error) }
        var (low, high) = (0, firsts.count)
        while low < high {
            let middle = (low + high) / 2
            if try beginsBefore(firsts[middle], directory, disk, isBefore) { low = middle + 1 } else { high = middle }
        }
        return firsts.isEmpty ? 1 : firsts[max(low - 1, 0)]
    }

    private static func beginsBefore(
        _ sequence: UInt64, _ directory: String, _ disk: any Disk, _ isBefore: ([UInt8], Range<Int>) -> Bool
    ) throws(SpoolError) -> Bool {
        let reader = LogReader(directory: directory, disk: disk, from: sequence)
        while true {
            switch try reader.next() {
            case .record(_, let range): return isBefore(reader.buffer, range)
            case .damaged, .missing: continue
            // Nothing is there from here on; what is sought is not behind it.
            case .end: return false
            }
        }
    }
}
