import DurableIO
import Spool

/// Finds events by their sequence numbers for executions that waited on the log.
///
/// A service's executions come in the order of their events, so a reader per service mostly moves forward.
final class EventLookup {
    private let directory: String
    private let disk: any Disk
    private var readers: [String: LogReader] = [:]

    /// Each keeps a quarter of a MiB.
    private static let readersLimit = 16

    init(directory: String, disk: any Disk) {
        self.directory = directory
        self.disk = disk
    }

    /// The line of an event, its newline included; nil if it is no longer there.
    func line(of sequence: UInt64, for service: String) throws(SpoolError) -> [UInt8]? {
        var reader = readers[service]
        if let known = reader, known.nextSequence > sequence { reader = nil }
        if readers[service] == nil, readers.count >= Self.readersLimit { readers.removeAll() }
        let found = reader ?? LogReader(directory: directory, disk: disk, from: sequence)
        readers[service] = found
        while found.nextSequence <= sequence {
            switch try found.next() {
            case .record(sequence, let range): return Array(found.buffer[range])
            case .record, .damaged, .missing: continue
            case .end: return nil
            }
        }
        return nil
    }
}
