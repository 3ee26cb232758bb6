import DurableIO

/// Opens a segment for reading, in whichever form it lies there.
enum SegmentFile {
    static func openForReading(_ first: UInt64, in directory: String, disk: any Disk) throws(IOError) -> any DiskFile {
        let path = directory + "/" + SegmentName.name(first: first)
        do {
            return try disk.openFileForReading(path)
        } catch let error where error.isNotFound {
            do {
                return try CompressedSegment(disk.openFileForReading(path + CompressedSegment.suffix))
            } catch let other where other.isNotFound {
                throw error
            }
        }
    }
}
