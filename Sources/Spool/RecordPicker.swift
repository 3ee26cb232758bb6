import DurableIO

/// Finds single records by their sequences; cheap where these ascend. Not for two threads at once.
package final class RecordPicker {
    private let directory: String
    private let disk: any Disk
    private var reader: LogReader?

    /// To pass over some records costs less than to look for one from the beginning of its segment.
    private static let passedLimit: UInt64 = 4096

    package init(directory: String, disk: any Disk) {
        self.directory = directory
        self.disk = disk
    }

    /// The record without its newline; nil if the log does not hold it, or not whole.
    ///
    /// - Parameter limit: how far the log is committed, where the caller knows it.
    package func line(_ sequence: UInt64, limit: LogPosition? = nil) throws(SpoolError) -> [UInt8]? {
        let reader: LogReader
        if let open = self.reader, open.nextSequence <= sequence,
            sequence - open.nextSequence < Self.passedLimit
        {
            reader = open
        } else {
            reader = LogReader(directory: directory, disk: disk, from: sequence)
        }
        self.reader = reader
        while reader.nextSequence <= sequence {
            switch try reader.next(limit: limit) {
            case .record(sequence, let range): return Array(reader.buffer[range].dropLast())
            case .record, .damaged, .missing: continue
            case .end: return nil
            }
        }
        return nil
    }
}
