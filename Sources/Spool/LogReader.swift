import DurableIO

/// Reads a log in the order of its sequence numbers, across segments, and goes on where it stopped.
///
/// The truth is on disk: a reader needs no writer, and none of them knows of it. What is not right is skipped and told.
/// Not for two threads at once.
package final class LogReader {
    package enum Step {
        /// One record: its whole line, newline included, at `range` of `buffer` until the next step.
        case record(sequence: UInt64, range: Range<Int>)
        case damaged(DamagedRange)
        /// Sequences that no segment holds: never given, trimmed, or lost with a damaged range told before.
        case missing(Range<UInt64>)
        /// Nothing more now.
        case end
    }

    private let directory: String
    private let disk: any Disk
    /// Sequence of the next record to give.
    package private(set) var nextSequence: UInt64
    /// The bytes that ranges point into.
    package private(set) var buffer: [UInt8] = []

    private var file: (any DiskFile)?
    private var segment: UInt64 = 0
    /// First sequence of the segment behind the open one: from there on nothing counts in the open one.
    private var followingSegment: UInt64?
    private var fileOffset: UInt64 = 0
    private var line = 1
    /// Where in `buffer` the next line begins.
    private var start = 0

    private static let chunkBytes = 256 << 10

    package init(directory: String, disk: any Disk, from sequence: UInt64) {
        self.directory = directory
        self.disk = disk
        nextSequence = max(sequence, 1)
    }

    /// Gives the next record, or what is wrong there.
    ///
    /// - Parameter limit: how far the log is committed, where the caller knows it; else the end of the last segment.
    /// - Throws: ``SpoolError/disk(_:)``; the reader may be asked again.
    package func next(limit: LogPosition? = nil) throws(SpoolError) -> Step {
        do {
            return try step(limit: limit)
        } catch {
            throw .disk(error)
        }
    }

    private func step(limit: LogPosition?) throws(IOError) -> Step {
        if let limit, nextSequence >= limit.nextSequence { return .end }
        if file == nil, !(try openSegment()) { return .end }
        // The writer has left this segment: what a failed group left in it must not be taken for what was committed.
        if let limit, limit.segment > segment, followingSegment == nil { followingSegment = try nextSegment() }
        while true {
            if let end = unsafe RecordFormat.lineEnd(in: buffer.span.bytes, from: start) {
                if let step = judgeLine(start..<end) { return step }
                continue
            }
            if try fill(limit: limit) { continue }
            // The end of what this segment holds: is there another one behind it?
            if followingSegment == nil { followingSegment = try nextSegment() }
            guard let following = followingSegment else {
                try pause()
                return .end
            }
            return try leaveSegment(for: following, limit: limit)
        }
    }

    /// The first sequence of the segment behind the open one; nil if there is none.
    private func nextSegment() throws(IOError) -> UInt64? {
        try SegmentName.firsts(in: directory, disk: disk).first { $0 > segment }
    }

    /// Keeps nothing of the segment's end that the writer may cut off and write anew before the next step.
    private func pause() throws(IOError) {
        fileOffset -= UInt64(buffer.count - start)
        buffer.removeAll(keepingCapacity: true)
        start = 0
        // Whole records were cut off behind our back: what comes next begins before the place we have read up to. And a
        // segment with nothing in it may be replaced by another one of its name.
        guard let file else { return }
        let size = try file.size()
        if fileOffset == 0 || size < fileOffset { self.file = nil }
    }

    /// Judges the line at `range` and moves behind it; nil for one that was read before.
    private func judgeLine(_ range: Range<Int>) -> Step? {
        let verdict = unsafe RecordFormat.check(buffer.span.bytes.extracting(range))
        let position = (line: line, offset: fileOffset - UInt64(buffer.count - range.lowerBound))
        line += 1
        if case .success(let sequence) = verdict {
            // Behind the next segment's first sequence lies only what a failed group left.
            if sequence < nextSequence || sequence >= (followingSegment ?? .max) {
                start = range.upperBound
                return nil
            }
            if sequence > nextSequence {
                line -= 1
                defer { nextSequence = sequence }
                return .missing(nextSequence..<sequence)
            }
            start = range.upperBound
            nextSequence = sequence + 1
            return .record(sequence: sequence, range: range)
        }
        start = range.upperBound
        guard case .failure(let fault) = verdict, nextSequence < followingSegment ?? .max else { return nil }
        return .damaged(
            DamagedRange(
                segment: segment, line: position.line, offset: position.offset, bytes: UInt64(range.count),
                expectedSequence: nextSequence, fault: fault))
    }

    /// Reads on in the open segment; false at its end, or at the committed end.
    private func fill(limit: LogPosition?) throws(IOError) -> Bool {
        guard let file else { return false }
        var count = Self.chunkBytes
        if let committedEnd = try committedEnd(limit: limit) {
            count = Int(min(UInt64(count), committedEnd > fileOffset ? committedEnd - fileOffset : 0))
        }
        guard count > 0 else { return false }
        buffer.removeFirst(start)
        start = 0
        let read = try file.read(into: &buffer, at: fileOffset, count: count)
        fileOffset += UInt64(read)
        return read > 0
    }

    /// Where reading must stop in the open segment; nil where everything in it counts.
    private func committedEnd(limit: LogPosition?) throws(IOError) -> UInt64? {
        if let limit { return limit.segment == segment ? limit.offset : nil }
        // Of a closed segment the next one's name says where it ends.
        guard followingSegment == nil else { return nil }
        let path = directory + "/" + SegmentName.commitsName(first: segment)
        // A segment without a commit file was put there by hand.
        return try CommitFile.lastEntry(path, disk: disk)?.endOffset
    }

    private func leaveSegment(for following: UInt64, limit: LogPosition?) throws(IOError) -> Step {
        let rest = buffer.count - start
        // Behind the next segment's first sequence lies only what a failed group left.
        if rest > 0, nextSequence < following {
            start = buffer.count
            return .damaged(
                DamagedRange(
                    segment: segment, line: line, offset: fileOffset - UInt64(rest), bytes: UInt64(rest),
                    expectedSequence: nextSequence, fault: .unterminated))
        }
        file = nil
        if let gap = try skip(to: following) { return .missing(gap) }
        return try step(limit: limit)
    }

    /// Goes on with a segment; gives the sequences that are missing before it. Those that a new epoch left out are not.
    private func skip(to following: UInt64) throws(IOError) -> Range<UInt64>? {
        guard nextSequence < following else { return nil }
        let epoch = try LogEpoch.begun(by: following, in: directory, disk: disk)
        let gap = nextSequence..<max(nextSequence, epoch?.after ?? following)
        nextSequence = following
        return gap.isEmpty ? nil : gap
    }

    /// Opens the segment that holds `nextSequence`, or the first one behind it; false if there is none.
    private func openSegment() throws(IOError) -> Bool {
        // A segment may be trimmed between the listing and the opening: then the listing is made again.
        let attemptsLimit = 3
        for attempt in 1...attemptsLimit {
            let firsts = try SegmentName.firsts(in: directory, disk: disk)
            guard let chosen = firsts.last(where: { $0 <= nextSequence }) ?? firsts.first else { return false }
            do {
                file = try SegmentFile.openForReading(chosen, in: directory, disk: disk)
            } catch let error where error.isNotFound && attempt < attemptsLimit {
                continue
            }
            segment = chosen
            followingSegment = firsts.first { $0 > chosen }
            fileOffset = 0
            line = 1
            buffer.removeAll(keepingCapacity: true)
            start = 0
            if chosen > nextSequence, let epoch = try LogEpoch.begun(by: chosen, in: directory, disk: disk),
                epoch.after <= nextSequence
            {
                nextSequence = chosen
            }
            return true
        }
        return false
    }
}
