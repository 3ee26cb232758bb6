import DurableIO

/// How many segments a log has and how many bytes, by names and sizes alone.
package struct LogSize: Sendable, Equatable {
    package let segmentsCount: Int
    /// Commit files and other companions included.
    package let bytes: UInt64

    /// - Throws: ``SpoolError/disk(_:)``; a log that does not exist is empty.
    package init(directory: String, disk: any Disk) throws(SpoolError) {
        do {
            let segments = try StoredSegment.all(in: directory, disk: disk)
            segmentsCount = segments.count
            bytes = segments.reduce(0) { $0 + $1.bytes }
        } catch {
            throw .disk(error)
        }
    }
}
