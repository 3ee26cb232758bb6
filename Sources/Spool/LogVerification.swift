import DurableIO

/// Holds a log against everything that is known of it: checksums, sequence numbers, and the hash chain of its commits.
///
/// The chain finds what checksums cannot: a line that was removed, changed or inserted by somebody who computed the
/// checksum anew. Who can write the commit files too can forge the whole chain; keep its last hash elsewhere against that.
package struct LogVerification: Sendable {
    /// Something that is not as it was written.
    package struct Finding: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            /// A line that is no record.
            case damaged(DamagedRange)
            /// Sequences that no segment holds.
            case missing(Range<UInt64>)
            /// The bytes between two commits are not those that were committed.
            case wrongChain(bytes: Range<UInt64>, sequences: Range<UInt64>)
            /// The chain does not go on with what the segment before ended with.
            case brokenLink
            /// The commit file says that there was more.
            case committedAndGone(sequences: Range<UInt64>)
            /// There is no commit file: checksums are all that can be held against.
            case noCommitFile
        }

        /// File name of the segment.
        package let segment: String
        package let kind: Kind
    }

    package private(set) var findings: [Finding] = []
    /// Findings beyond the limit are only counted.
    package private(set) var findingsCount = 0
    package private(set) var segmentsCount = 0
    package private(set) var recordsCount = 0
    package private(set) var bytes: UInt64 = 0
    /// Bytes that a failed group left in an abandoned segment, or that are not committed yet: no damage.
    package private(set) var uncommittedBytes: UInt64 = 0
    /// The chain's last link: what the whole log comes down to.
    package private(set) var hash = ChainHash.start

    package static let findingsLimit = 1000

    /// Reads the whole log. A writer may go on meanwhile: what it adds is not looked at.
    ///
    /// - Throws: ``SpoolError/disk(_:)`` when a file cannot be read.
    package init(directory: String, disk: any Disk) throws(SpoolError) {
        do {
            let firsts = try SegmentName.firsts(in: directory, disk: disk)
            var expected = firsts.first
            for (index, first) in firsts.enumerated() {
                let following = index + 1 < firsts.count ? firsts[index + 1] : nil
                let next = try verify(first, following: following, in: directory, isFirst: index == 0, disk: disk)
                if let due = expected, due < first {
                    let epoch = try LogEpoch.begun(by: first, in: directory, disk: disk)
                    let end = epoch?.after ?? first
                    if due < end { note(first, .missing(due..<end)) }
                }
                expected = next
            }
        } catch {
            throw .disk(error)
        }
    }

    package var isWhole: Bool { findingsCount == 0 }

    /// Verifies one segment and gives the sequence that is due behind it.
    private mutating func verify(
        _ first: UInt64, following: UInt64?, in directory: String, isFirst: Bool, disk: any Disk
    ) throws(IOError) -> UInt64 {
        let entries = try CommitFile.entries(directory + "/" + SegmentName.commitsName(first: first), disk: disk)
        let file = try SegmentFile.openForReading(first, in: directory, disk: disk)
        var scan = SegmentScan(first: first, before: following ?? .max)
        let size = try scan.run(file: file)
        if following == nil { scan.dropOpenBatch(committed: entries.last?.nextSequence ?? 0) }
        segmentsCount += 1
        recordsCount += scan.recordsCount

        // The last segment may hold a group that is under way: its last commit is its end.
        let end = following == nil ? max(scan.rightEnd, entries.last?.endOffset ?? 0) : scan.rightEnd
        bytes += min(end, size)
        uncommittedBytes += size > end ? size - end : 0
        let isTailUncommitted = following == nil ? !entries.isEmpty : scan.nextSequence == following
        for damage in scan.damaged where !(isTailUncommitted && damage.offset >= end) {
            // A line that was skipped for its sequence is told as missing.
            if case .wrongSequence(let expected, let found) = damage.fault, found > expected {
                note(first, .missing(expected..<found))
            } else {
                note(first, .damaged(damage))
            }
        }
        try verifyChain(entries, of: first, file: file, size: size, scan: scan, isFirst: isFirst)
        return scan.nextSequence
    }

    private mutating func verifyChain(
        _ entries: [CommitEntry], of first: UInt64, file: any DiskFile, size: UInt64, scan: SegmentScan, isFirst: Bool
    ) throws(IOError) {
        guard var before = entries.first else {
            note(first, .noCommitFile)
            var link = ChainLink(after: hash)
            try link.add(file, from: 0, to: scan.rightEnd)
            hash = link.hash
            return
        }
        // The first segment there is may follow one that was trimmed: where its chain comes from is not known.
        if before.endOffset != 0 || before.nextSequence != first || (!isFirst && before.hash != hash) {
            note(first, .brokenLink)
        }
        var bytes = ChainedFile(file)
        for entry in entries.dropFirst() {
            guard entry.endOffset <= size, entry.endOffset >= before.endOffset else {
                note(
                    first, .committedAndGone(sequences: min(scan.nextSequence, entry.nextSequence)..<entry.nextSequence)
                )
                break
            }
            var link = ChainLink(after: before.hash)
            try bytes.add(from: before.endOffset, to: entry.endOffset, to: &link)
            if link.hash != entry.hash {
                let sequences = before.nextSequence..<max(before.nextSequence, entry.nextSequence)
                note(first, .wrongChain(bytes: before.endOffset..<entry.endOffset, sequences: sequences))
            }
            before = entry
        }
        hash = before.hash
        // What a failing disk kept from the commit file of an abandoned segment is still in the chain.
        if before.endOffset < scan.rightEnd, scan.before != .max {
            var link = ChainLink(after: hash)
            try link.add(file, from: before.endOffset, to: scan.rightEnd)
            hash = link.hash
        }
    }

    private mutating func note(_ first: UInt64, _ kind: Finding.Kind) {
        findingsCount += 1
        guard findings.count < Self.findingsLimit else { return }
        findings.append(Finding(segment: SegmentName.name(first: first), kind: kind))
    }
}

extension LogVerification.Finding: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .damaged(let damage): damage.description
        case .missing(let range): "\(segment): \(Self.text(range)) missing before or in it"
        case .wrongChain(let bytes, let sequences):
            "\(segment) bytes \(bytes.lowerBound) to \(bytes.upperBound), \(Self.text(sequences)) committed there: "
                + "these are not the bytes that were committed"
        case .brokenLink: "\(segment): its chain does not begin where the segment before it ends"
        case .committedAndGone(let sequences): "\(segment): \(Self.text(sequences)) committed once and gone"
        case .noCommitFile: "\(segment): there is no commit file beside it, so only its checksums could be checked"
        }
    }

    private static func text(_ range: Range<UInt64>) -> String {
        range.count == 1
            ? "sequence \(range.lowerBound) was"
            : "sequences \(range.lowerBound) to \(range.isEmpty ? range.upperBound : range.upperBound - 1) were"
    }
}
