import DurableIO

/// The writing end of a log: appends whole groups and makes each durable. Not for two threads at once.
///
/// Its place on disk is known at every moment: `position` moves only after a synchronization that succeeded. What a
/// failed group may have left behind it is cut off; where that is not possible, or where a synchronization failed, the
/// segment is abandoned and the next one is named after the first sequence that is free, so that a reader knows where
/// the abandoned one ends: nothing counts in a segment from the first sequence of the next one on.
package final class LogAppender {
    package let directory: String
    private let options: LogOptions
    private let disk: any Disk
    private let clock: @Sendable () -> Int64
    private let lock: any DirectoryLock
    /// The segment being written; nil until the first record, and after a segment was abandoned.
    private var file: (any DiskFile)?
    /// Of the open segment.
    private var commits: CommitFile?
    /// The first sequence of a segment that was left with nothing committed in it: the next one takes its place.
    private var abandoned: UInt64?
    /// The log is a copy: the next segment begins a new epoch, see ``LogEpoch``.
    private var copyMark: CopyMark?
    /// What the next segment's chain begins with.
    private var chainHash: ChainHash
    /// There are acknowledged records that other processes do not see yet, because the disk took no word of them: see
    /// ``showCommitted()``.
    package private(set) var hidesCommitted = false
    package private(set) var position: LogPosition
    package let recovery: LogRecovery

    /// Locks the log, recovers what a crash left, and makes the directory if there is none. In a copy it begins a new epoch.
    ///
    /// - Parameter clock: microseconds since 1970.
    /// - Throws: ``SpoolError/locked(path:)``, ``SpoolError/unsuitableFileSystem(path:magic:)`` or
    ///   ``SpoolError/disk(_:)``; the log is as it was.
    package init(
        directory: String, quarantine: String, options: LogOptions, disk: any Disk,
        clock: @escaping @Sendable () -> Int64 = LogEpoch.systemClock
    ) throws(SpoolError) {
        self.directory = directory
        self.options = options
        self.disk = disk
        self.clock = clock
        do {
            try disk.makeDirectory(directory)
            let facts = try disk.fileSystem(at: directory)
            guard facts.localName != nil else {
                throw SpoolError.unsuitableFileSystem(path: directory, magic: facts.magic)
            }
            guard let lock = try disk.lockDirectory(directory) else { throw SpoolError.locked(path: directory) }
            self.lock = lock
            recovery = try LogRecovery(directory: directory, quarantine: quarantine, disk: disk)
            position = recovery.position
            commits = recovery.commits
            chainHash = recovery.hash
            if let last = recovery.openSegment {
                file = try disk.openFile(directory + "/" + SegmentName.name(first: last))
            }
            hidesCommitted = recovery.hidesCommitted
            copyMark = try CopyMark(in: directory, disk: disk)
            if copyMark != nil {
                commits = nil
                file = nil
                // A disk that cannot be written must not keep the log from being read; nothing is written before this.
                _ = try? beginSegment()
            }
        } catch let error as IOError {
            throw .disk(error)
        } catch let error as SpoolError {
            throw error
        } catch {
            preconditionFailure("only these two are thrown above")
        }
    }

    /// Writes a group, waits until it is on disk, and gives the sequence of its first record.
    ///
    /// - Throws: what went wrong; then none of the group is acknowledged and `position` is where it was.
    package func append(_ group: inout CommitGroup) throws(SpoolError) -> UInt64 {
        let first: UInt64
        do {
            try refuseIfFull(adding: group.byteCount)
            let file = try segment(adding: group.byteCount)
            first = position.nextSequence
            group.stamp(from: first)
            try write(group.bytes, to: file)
        } catch let error as IOError {
            throw .disk(error)
        } catch let error as SpoolError {
            throw error
        } catch {
            preconditionFailure("only these two are thrown above")
        }
        position.offset += UInt64(group.byteCount)
        position.nextSequence += UInt64(group.recordCount)
        noteCommit(of: group.bytes)
        return first
    }

    /// Lets other processes see the group. It is on disk already, so a failure here is no failure of the group.
    private func noteCommit(of bytes: [UInt8]) {
        commits?.extend(with: bytes)
        writeEntry()
    }

    /// Says in the commit file that everything up to `position` is committed. Where that fails the next entry says it.
    private func writeEntry() {
        guard var commits else { return }
        self.commits = nil
        do throws(CommitFileError) {
            try commits.commit(endOffset: position.offset, nextSequence: position.nextSequence)
            chainHash = commits.last.hash
            hidesCommitted = false
            self.commits = commits
        } catch {
            chainHash = commits.hash(at: position.offset)
            hidesCommitted = true
            if case .notWritten(let error) = error, error.isFull {
                self.commits = commits
            } else {
                // What this commit file can say no more, the next segment's name does.
                file = nil
            }
        }
    }

    /// Tries again to let other processes see what was acknowledged; false while the disk does not take it.
    ///
    /// For when nothing more is to be written: a further group says it anyway. Where the commit file of the open segment
    /// takes no entries any more, the name of a new segment says the same.
    package func showCommitted() -> Bool {
        guard hidesCommitted else { return true }
        if commits != nil { writeEntry() }
        if commits == nil { hidesCommitted = (try? beginSegment()) == nil }
        return !hidesCommitted
    }

    private func refuseIfFull(adding bytes: Int) throws {
        let available = try disk.fileSystem(at: directory).availableBytes
        guard available >= options.reserveBytes + UInt64(bytes) else {
            throw SpoolError.full(availableBytes: available, reserveBytes: options.reserveBytes)
        }
    }

    /// The segment that the next group goes to: the open one, or a new one whose name is already durable.
    private func segment(adding bytes: Int) throws -> any DiskFile {
        if let file, position.offset == 0 || position.offset + UInt64(bytes) <= options.segmentBytes { return file }
        return try beginSegment()
    }

    /// Leaves the open segment for a new one, whose name shows others where the one before ends.
    private func beginSegment() throws(IOError) -> any DiskFile {
        // A closed segment's commit file is complete, or recovery would have to read more than the last one. If this
        // fails, the next segment's name still says where this one ends.
        try? commits?.synchronize()
        // Whatever comes of it: a name that was made and could not be removed again may say where the old one ends.
        commits = nil
        file = nil
        let (first, created) = try makeSegment()
        file = created.file
        commits = created.commits
        position = LogPosition(segment: first, offset: 0, nextSequence: first)
        abandoned = nil
        hidesCommitted = false
        if copyMark != nil {
            copyMark = nil
            // One that stays makes the next start begin another epoch, which does no harm.
            try? CopyMark.remove(in: directory, disk: disk)
        }
        return created.file
    }

    /// Names that are taken, by a segment nobody may believe, are passed over: their sequences stay unused, and readers
    /// report the gap.
    private func makeSegment() throws(IOError) -> (first: UInt64, NewSegment) {
        let attemptsLimit = 100
        var first = position.nextSequence
        if let copyMark {
            let now = clock()
            first = copyMark.firstSequence(after: first, nowMicroseconds: now)
            try LogEpoch.begin(
                first: first, after: position.nextSequence, nowMicroseconds: now, in: directory, disk: disk)
        }
        var attempt = 1
        while true {
            do {
                let made = try NewSegment(
                    directory, first: first, after: chainHash, isReplacing: abandoned == first, disk: disk)
                return (first, made)
            } catch let error where error.isAlreadyThere && attempt < attemptsLimit && copyMark == nil {
                attempt += 1
                first += 1
            }
        }
    }

    private func write(_ bytes: [UInt8], to file: any DiskFile) throws {
        do {
            let written = unsafe try file.append(bytes.span.bytes)
            guard written == bytes.count else {
                throw SpoolError.shortWrite(path: file.path, writtenBytes: written, givenBytes: bytes.count)
            }
        } catch {
            // Nothing was synchronized since the last commit, so what is cut off was never shown to anybody.
            do { try file.truncate(to: position.offset) } catch { abandonSegment() }
            throw error
        }
        do {
            try file.synchronize()
        } catch {
            // Linux may have dropped the dirty pages and marked them clean: a second try would prove nothing.
            // Cutting helps readers; if it fails too, the next segment's name says where this one ends.
            try? file.truncate(to: position.offset)
            abandonSegment()
            throw error
        }
    }

    /// Leaves the open segment for good; the next group begins a new one.
    private func abandonSegment() {
        file = nil
        commits = nil
        // Its name may be all that tells which sequences were given, because the segments before it may be trimmed by now:
        // so it is not removed, but replaced.
        if position.offset == 0 { abandoned = position.segment }
    }
}
