import DurableIO

/// How far a consumer is behind, to the commit: what ``LogLag`` tells exactly by reading a whole segment, found here with
/// some twenty small reads in the segment's commit file, because a scraper asks every few seconds.
package struct LogDistance: Sendable, Equatable {
    /// Sequences from the cursor to the end of the log, but for those between two epochs.
    package let events: UInt64
    /// Bytes from the commit that the cursor is in to the end of the log.
    package let bytes: UInt64
    /// The first line of that commit, without its newline; nil if nothing is to be read, or if it is very long.
    package let firstLine: [UInt8]?

    /// A longer line tells no age here.
    static let lineBytesLimit = 64 << 10

    /// - Parameter end: up to where the log is committed; nil asks its last commit file.
    /// - Throws: ``SpoolError/disk(_:)``
    package init(
        directory: String, from next: UInt64, end: UInt64?, disk: any Disk
    ) throws(SpoolError) {
        do throws(IOError) {
            let segments = try StoredSegment.all(in: directory, disk: disk)
            let logEnd: UInt64
            if let end { logEnd = end } else { logEnd = try Self.committedEnd(segments.last, directory, disk) }
            events = logEnd > next ? try LogEpoch.usedCount(of: next..<logEnd, in: directory, disk: disk) : 0
            let begin = max(next, segments.first?.first ?? next)
            guard begin < logEnd, let current = segments.last(where: { $0.first <= begin }) else {
                bytes = 0
                firstLine = nil
                return
            }
            let path = directory + "/" + SegmentName.commitsName(first: current.first)
            let offset = try CommitFile.lastEndOffset(path, before: begin, disk: disk)
            let later = segments.filter { $0.first > current.first }.reduce(0) { $0 + $1.contentBytes }
            bytes = later + current.contentBytes - min(offset, current.contentBytes)
            let file = try SegmentFile.openForReading(current.first, in: directory, disk: disk)
            firstLine = try Self.line(of: file, at: offset)
        } catch {
            throw .disk(error)
        }
    }

    private static func committedEnd(
        _ last: StoredSegment?, _ directory: String, _ disk: any Disk
    ) throws(IOError) -> UInt64 {
        guard let last else { return 1 }
        let path = directory + "/" + SegmentName.commitsName(first: last.first)
        return try CommitFile.lastEntry(path, disk: disk)?.nextSequence ?? last.first
    }

    private static func line(of file: any DiskFile, at offset: UInt64) throws(IOError) -> [UInt8]? {
        var bytes: [UInt8] = []
        _ = try file.read(into: &bytes, at: offset, count: lineBytesLimit)
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        return Array(bytes[..<end])
    }
}

extension CommitFile {
    /// Where the last commit ends that holds nothing from `sequence` on: a binary search, entries being of one length.
    /// 0 if there is no such entry.
    static func lastEndOffset(
        _ path: String, before sequence: UInt64, disk: any Disk
    ) throws(IOError) -> UInt64 {
        do throws(IOError) {
            let file = try disk.openFileForReading(path)
            var low: UInt64 = 0
            var high = try file.size() / UInt64(CommitEntry.bytesCount)
            var found: UInt64 = 0
            while low < high {
                let middle = low + (high - low) / 2
                var line: [UInt8] = []
                let offset = middle * UInt64(CommitEntry.bytesCount)
                _ = try file.read(into: &line, at: offset, count: CommitEntry.bytesCount)
                guard let entry = CommitEntry(line: line[...]) else { break }
                if entry.nextSequence <= sequence {
                    found = entry.endOffset
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return found
        } catch let error where error.isNotFound {
            return 0
        }
    }
}
