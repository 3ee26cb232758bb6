import DurableIO

/// What a log was found to be at the start, and what was done about it.
///
/// Only the last segment is read: the others were closed after a synchronization that succeeded. Behind its last right
/// record it may hold a torn write, zeros, or lines whose checksum is wrong: that tail is kept aside in the quarantine
/// and cut off, and so are the first records of a batch whose last one is missing: nobody was told that they were taken.
/// Wrong lines between right ones stay where they are; they are counted here, and readers skip them loudly.
package struct LogRecovery: Sendable {
    /// Where the next record goes.
    package let position: LogPosition
    /// First sequence of the segment to go on with; nil if a new one is due.
    package let openSegment: UInt64?
    /// The hash chain so far, and the commit file of the open segment.
    let hash: ChainHash
    let commits: CommitFile?
    package private(set) var findings: [Finding] = []
    /// The last segment holds records that its commit file does not vouch for, and no new segment could be begun.
    let hidesCommitted: Bool

    package enum Finding: Sendable, Equatable {
        /// Bytes behind the last right record were cut off and kept at `keptAt`.
        case cutTail(segment: String, offset: UInt64, bytes: UInt64, keptAt: String)
        /// They could not be kept aside or cut off, so they stay; nothing after them goes into that segment.
        case leftTail(segment: String, offset: UInt64, bytes: UInt64, because: IOError)
        case damaged(DamagedRange)
        /// The commit file says that these were committed, and the segment does not have them any more.
        case lost(segment: String, sequences: Range<UInt64>)
    }

    /// - Throws: ``IOError`` when the log cannot be read.
    init(directory: String, quarantine: String, disk: any Disk) throws(IOError) {
        let firsts = try SegmentName.firsts(in: directory, disk: disk)
        guard let last = firsts.last else {
            position = LogPosition(segment: 1, offset: 0, nextSequence: 1)
            openSegment = nil
            hash = .start
            commits = nil
            hidesCommitted = false
            return
        }
        let name = SegmentName.name(first: last)
        let path = directory + "/" + name
        var scan = SegmentScan(first: last)
        let size = try scan.run(file: try SegmentFile.openForReading(last, in: directory, disk: disk))
        let commitsPath = directory + "/" + SegmentName.commitsName(first: last)
        scan.dropOpenBatch(committed: try CommitFile.lastEntry(commitsPath, disk: disk)?.nextSequence ?? 0)
        var found = scan.damaged.filter { $0.offset < scan.rightEnd }.map { Finding.damaged($0) }
        let committed = try CommitRecovery(
            directory: directory, segment: last, end: scan.rightEnd, nextSequence: scan.nextSequence,
            previous: firsts.dropLast().last, disk: disk)
        hash = committed.hash
        if let lost = committed.lost { found.append(.lost(segment: name, sequences: lost)) }
        if size == scan.rightEnd, committed.isComplete, let file = committed.goOn(in: directory, disk: disk) {
            position = LogPosition(segment: last, offset: size, nextSequence: scan.nextSequence)
            openSegment = last
            commits = file
            findings = found
            hidesCommitted = false
            return
        }

        // Lines in the tail may have been acknowledged once and have rotted since, and right lines that no commit vouches
        // for may be in the page cache only, which forgets them after a failed synchronization: the name of a new segment
        // keeps their sequences from being given again. It comes first; what it is deduced from is changed after it.
        let behind = max(scan.nextSequence + scan.sequencesInTail, committed.lost?.upperBound ?? 0)
        let nextSequence = max(behind, last + 1)
        let tail = SegmentTail(segment: name, path: path, offset: scan.rightEnd, bytes: size - scan.rightEnd)
        do {
            commits = try NewSegment(directory, first: nextSequence, after: hash, disk: disk).commits
            position = LogPosition(segment: nextSequence, offset: 0, nextSequence: nextSequence)
            openSegment = nextSequence
            hidesCommitted = false
        } catch {
            // A full or failing disk must not keep the log from being read.
            if tail.bytes > 0 { found.append(tail.left(because: error)) }
            position = LogPosition(segment: last, offset: scan.rightEnd, nextSequence: nextSequence)
            openSegment = nil
            commits = nil
            findings = found
            hidesCommitted = !committed.isComplete
            return
        }
        committed.complete(path, disk: disk)
        if tail.bytes > 0 {
            do {
                let keptAt = try tail.moveAside(to: quarantine, log: directory, disk: disk)
                found.append(.cutTail(segment: name, offset: tail.offset, bytes: tail.bytes, keptAt: keptAt))
            } catch {
                found.append(tail.left(because: error))
            }
        }
        findings = found
    }
}

extension LogRecovery.Finding: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cutTail(let segment, let offset, let bytes, let keptAt):
            "\(segment): the \(bytes) bytes from byte \(offset) on were no record; they were cut off and are kept at \(keptAt)"
        case .leftTail(let segment, let offset, let bytes, let error):
            "\(segment): the \(bytes) bytes from byte \(offset) on are no record and stay, because of \(error)"
        case .damaged(let damage): damage.description
        case .lost(let segment, let sequences):
            "\(segment): the sequences \(sequences.lowerBound) to \(sequences.upperBound - 1) were committed and are gone"
        }
    }
}

/// The bytes behind a segment's last right record.
private struct SegmentTail {
    let segment: String
    let path: String
    let offset: UInt64
    let bytes: UInt64

    private static let copiesLimit = 1000

    func left(because error: IOError) -> LogRecovery.Finding {
        .leftTail(segment: segment, offset: offset, bytes: bytes, because: error)
    }

    /// Copies the tail to the quarantine, durably, then cuts it off; gives the path of the copy.
    func moveAside(to quarantine: String, log: String, disk: any Disk) throws(IOError) -> String {
        try disk.makeDirectory(quarantine)
        let logName = log.split(separator: "/").suffix(2).joined(separator: "-")
        let stem = "\(quarantine)/\(logName)-\(segment.dropLast(SegmentName.suffix.count))-at-\(offset)"
        let source = try disk.openFile(path)
        let copy = try makeCopy(stem: stem, disk: disk)
        var done: UInt64 = 0
        while done < bytes {
            var chunk: [UInt8] = []
            let count = try source.read(into: &chunk, at: offset + done, count: Int(min(bytes - done, 1 << 20)))
            guard count > 0 else { break }
            let written = unsafe try copy.append(chunk.span.bytes)
            guard written == count else {
                try disk.remove(copy.path)
                throw .noSpace(copy.path)
            }
            done += UInt64(count)
        }
        try copy.synchronize()
        try disk.synchronizeDirectory(quarantine)
        try source.truncate(to: offset)
        try source.synchronize()
        return copy.path
    }

    /// A crash between copy and cut leaves a copy behind: the next one gets another number.
    private func makeCopy(stem: String, disk: any Disk) throws(IOError) -> any DiskFile {
        var attempt = 1
        while true {
            let path = attempt == 1 ? stem + ".torn" : "\(stem).\(attempt).torn"
            do {
                return try disk.createFile(path)
            } catch let error where error.isAlreadyThere && attempt < Self.copiesLimit {
                attempt += 1
            }
        }
    }
}
