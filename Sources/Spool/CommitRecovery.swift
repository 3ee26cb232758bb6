import DurableIO

/// Brings the commit file of the last segment up to what recovery found in the segment itself.
///
/// Records behind the last entry were written and, as far as their senders know, perhaps acknowledged: they are made
/// durable and become one commit. An entry behind the last right record tells that committed records are gone.
struct CommitRecovery {
    /// The chain up to the segment's last right record.
    let hash: ChainHash
    /// The commit file to go on with; nil where it could not be written, and a new segment is due.
    let file: CommitFile?
    /// What the entries say was committed and the segment no longer has.
    let lost: Range<UInt64>?

    /// - Parameters:
    ///   - end: the offset behind the last right record.
    ///   - nextSequence: the sequence behind it.
    ///   - previous: the segment before, whose chain this one goes on with.
    /// - Throws: ``IOError`` when segment or commit file cannot be read.
    init(
        directory: String, segment first: UInt64, end: UInt64, nextSequence: UInt64, previous: UInt64?, disk: any Disk
    ) throws(IOError) {
        let path = directory + "/" + SegmentName.commitsName(first: first)
        let entries = try CommitFile.entries(path, disk: disk)
        let right = Self.rightPart(of: entries, first: first, end: end, nextSequence: nextSequence)
        let beyond = entries.dropFirst(right.count).last?.nextSequence ?? 0
        lost = beyond > nextSequence ? nextSequence..<beyond : nil

        var last = right.last
        if last == nil {
            var start = ChainHash.start
            if let previous {
                let before = directory + "/" + SegmentName.commitsName(first: previous)
                start = try CommitFile.lastEntry(before, disk: disk)?.hash ?? .start
            }
            last = CommitEntry(endOffset: 0, nextSequence: first, hash: start)
        }
        guard let last else { preconditionFailure("set above") }
        let segment = try disk.openFileForReading(directory + "/" + SegmentName.name(first: first))
        var link = ChainLink(after: last.hash)
        try link.add(segment, from: last.endOffset, to: end)
        hash = last.endOffset < end ? link.hash : last.hash
        file = Self.write(
            path, entriesCount: right.count, last: last, end: end, nextSequence: nextSequence,
            segment: directory + "/" + SegmentName.name(first: first), disk: disk)
    }

    /// The entries that go with the segment: ascending, and not behind its last right record.
    private static func rightPart(
        of entries: [CommitEntry], first: UInt64, end: UInt64, nextSequence: UInt64
    ) -> ArraySlice<CommitEntry> {
        var count = 0
        var before = CommitEntry(endOffset: 0, nextSequence: first, hash: .start)
        for entry in entries {
            guard entry.endOffset >= before.endOffset, entry.nextSequence >= before.nextSequence,
                entry.endOffset <= end, entry.nextSequence <= nextSequence,
                count > 0 || (entry.endOffset == 0 && entry.nextSequence == first)
            else { break }
            before = entry
            count += 1
        }
        return entries.prefix(count)
    }

    /// A disk that cannot be written must not keep the log from being read: nil then.
    private static func write(
        _ path: String, entriesCount: Int, last: CommitEntry, end: UInt64, nextSequence: UInt64, segment: String,
        disk: any Disk
    ) -> CommitFile? {
        do {
            var file: CommitFile
            if entriesCount == 0 {
                file = try CommitFile(creating: path, first: last, disk: disk)
            } else {
                let size = UInt64(entriesCount * CommitEntry.bytesCount)
                file = try CommitFile(continuing: path, size: size, last: last, disk: disk)
            }
            guard last.endOffset < end else { return file }
            let written = try disk.openFile(segment)
            try written.synchronize()
            try file.extend(with: written, to: end)
            try file.commit(endOffset: end, nextSequence: nextSequence)
            return file
        } catch {
            return nil
        }
    }
}

extension ChainLink {
    /// Adds what a segment holds between two offsets.
    mutating func add(_ file: any DiskFile, from start: UInt64, to end: UInt64) throws(IOError) {
        let chunkBytes: UInt64 = 1 << 20
        var offset = start
        while offset < end {
            var chunk: [UInt8] = []
            let count = try file.read(into: &chunk, at: offset, count: Int(min(chunkBytes, end - offset)))
            guard count > 0 else { return }
            add(chunk)
            offset += UInt64(count)
        }
    }
}
