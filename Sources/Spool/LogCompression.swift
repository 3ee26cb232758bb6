import DurableIO

/// Compresses the sealed segments of a log, all but the last two, which their writer may still need.
///
/// The compressed form takes the place of the segment in one step, when it is on disk and was read back; readers that have
/// the segment open read it to its end, and who opens it later finds the other form.
package struct LogCompression: Sendable {
    package struct Outcome: Sendable, Equatable {
        package internal(set) var segments = 0
        package internal(set) var bytesBefore: UInt64 = 0
        package internal(set) var bytesAfter: UInt64 = 0
    }

    package let log: String
    private let directory: String
    private let cursors: CursorStore
    private let disk: any Disk

    package init(log: String, of layout: SpoolLayout, disk: any Disk) {
        self.log = log
        directory = layout.root + "/" + log
        cursors = CursorStore(layout: layout, disk: disk)
        self.disk = disk
    }

    /// - Throws: ``CursorError``; what was compressed before stays so.
    package func run() throws(CursorError) -> Outcome {
        var outcome = Outcome()
        let segments: [StoredSegment]
        do { segments = try StoredSegment.all(in: directory, disk: disk) } catch { throw .disk(error) }
        for segment in segments.dropLast(LogRetention.keptSegments) where !segment.isCompressed {
            guard let bytes = try compress(segment) else { continue }
            outcome.segments += 1
            outcome.bytesBefore += segment.segmentBytes
            outcome.bytesAfter += bytes
        }
        return outcome
    }

    /// Gives the size of the compressed form; nil if the segment was trimmed meanwhile.
    private func compress(_ segment: StoredSegment) throws(CursorError) -> UInt64? {
        let path = directory + "/" + segment.file
        let target = path + CompressedSegment.suffix
        let draft = target + ".new"
        let bytes: UInt64
        do throws(IOError) {
            let source = try disk.openFileForReading(path)
            do { try disk.remove(draft) } catch let error where error.isNotFound {}
            let file = try disk.createFile(draft)
            bytes = try CompressedSegment.write(source, to: file)
            try file.synchronize()
            guard try CompressedSegment(file).holdsSame(as: source) else { throw .corrupted(draft) }
            try file.setModificationSeconds(try source.modificationSeconds())
        } catch {
            try? disk.remove(draft)
            if error.isNotFound { return nil }
            throw .disk(error)
        }
        // Under the lock that trimming holds: what is gone must not come back in another form.
        return try cursors.withLock { () throws(CursorError) in
            do throws(IOError) {
                guard try disk.names(in: directory).contains(segment.file) else {
                    try disk.remove(draft)
                    return nil
                }
                try disk.rename(draft, to: target)
                try disk.synchronizeDirectory(directory)
                try disk.remove(path)
                try disk.synchronizeDirectory(directory)
                return bytes
            } catch {
                throw .disk(error)
            }
        }
    }
}
