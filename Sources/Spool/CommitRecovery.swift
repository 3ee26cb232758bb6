import DurableIO

/// Holds the commit file of the last segment against what recovery found in the segment itself.
///
/// Records behind the last entry were written and, as far as their senders know, perhaps acknowledged: they are made
/// durable and become one commit. An entry behind the last right record tells that committed records are gone.
/// Nothing is changed until ``goOn(in:disk:)`` or ``complete(_:disk:)``.
struct CommitRecovery {
    /// The chain up to the segment's last right record.
    let hash: ChainHash
    /// What the entries say was committed and the segment no longer has.
    let lost: Range<UInt64>?
    private let path: String
    private let segmentPath: String
    private let entriesCount: Int
    private let last: CommitEntry
    private let end: UInt64
    private let nextSequence: UInt64

    /// - Parameters:
    ///   - end: the offset behind the last right record.
    ///   - nextSequence: the sequence behind it.
    ///   - previous: the segment before, whose chain this one goes on with.
    /// - Throws: ``IOError`` when segment or commit file cannot be read.
    init(
        directory: String, segment first: UInt64, end: UInt64, nextSequence: UInt64, previous: UInt64?, disk: any Disk
    ) throws(IOError) {
        path = directory + "/" + SegmentName.commitsName(first: first)
        segmentPath = directory + "/" + SegmentName.name(first: first)
        self.end = end
        self.nextSequence = nextSequence
        let entries = try CommitFile.entries(path, disk: disk)
        let right = Self.rightPart(of: entries, first: first, end: end, nextSequence: nextSequence)
        entriesCount = right.count
        let beyond = entries.dropFirst(right.count).last?.nextSequence ?? 0
        lost = beyond > nextSequence ? nextSequence..<beyond : nil

        if let entry = right.last {
            last = entry
        } else {
            var start = ChainHash.start
            if let previous {
                let before = directory + "/" + SegmentName.commitsName(first: previous)
                start = try CommitFile.lastEntry(before, disk: disk)?.hash ?? .start
            }
            last = CommitEntry(endOffset: 0, nextSequence: first, hash: start)
        }
        let segment = try SegmentFile.openForReading(first, in: directory, disk: disk)
        var link = ChainLink(after: last.hash)
        try link.add(segment, from: last.endOffset, to: end)
        hash = last.endOffset < end ? link.hash : last.hash
    }

    /// All that the segment holds was committed, and all that was committed it holds.
    var isComplete: Bool { lost == nil && last.endOffset == end }

    /// The commit file of a complete segment, to write on; nil where the disk does not let it be, and a new segment is due.
    func goOn(in directory: String, disk: any Disk) -> CommitFile? {
        do {
            // One that is compressed, because those behind it are gone, is not written again.
            _ = try disk.openFile(segmentPath)
            let file = try open(disk)
            // The program may have died between making the segment and making its name durable.
            try disk.synchronizeDirectory(directory)
            return file
        } catch {
            return nil
        }
    }

    /// Makes the right records behind the last entry one commit. What is gone stays in the commit file, as evidence.
    ///
    /// A disk that cannot be written must not keep the log from being read: the next segment's name says the same.
    func complete(_ segment: String, disk: any Disk) {
        guard lost == nil, last.endOffset < end else { return }
        do {
            let written = try disk.openFile(segment)
            try written.synchronize()
            var file = try open(disk)
            try file.extend(with: written, to: end)
            do throws(CommitFileError) {
                try file.commit(endOffset: end, nextSequence: nextSequence)
            } catch {
                throw error.ioError
            }
            try file.synchronize()
        } catch {
            return
        }
    }

    private func open(_ disk: any Disk) throws(IOError) -> CommitFile {
        guard entriesCount > 0 else { return try CommitFile(creating: path, first: last, disk: disk) }
        return try CommitFile(
            continuing: path, size: UInt64(entriesCount * CommitEntry.bytesCount), last: last, disk: disk)
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
}
