import DurableIO

/// A consistent copy of a spool, made while its writers go on.
///
/// Of each log it holds everything that was committed when the log's copying began, and nothing else. Cursors are copied
/// first and events last: no cursor is ahead of its log, and no report is of an event that the copy does not have.
/// Segments are copied from the last to the first, because retention takes the first: so the copy has no hole. The index is
/// left out; it is derived.
///
/// Each log is marked as a copy (``CopyMark``): who writes it first begins a new epoch. The copy is made beside its place
/// and gets its name when all of it is on disk; so what has that name is whole.
package struct SpoolBackup {
    /// What was copied of a log.
    package struct Log: Sendable, Equatable {
        package let name: String
        package internal(set) var segments = 0
        package internal(set) var bytes: UInt64 = 0
        /// What is due next in the copy, but for the new epoch.
        package internal(set) var nextSequence: UInt64 = 1
    }

    package private(set) var logs: [Log] = []
    package private(set) var cursors = 0

    private let source: SpoolLayout
    private let target: SpoolLayout
    private let disk: any Disk
    private let nowMicroseconds: Int64

    private static let chunkBytes = 1 << 20

    /// Copies the spool at `layout` to `directory`, which must not exist yet; its parent must.
    ///
    /// - Throws: ``SpoolError/disk(_:)``; what was copied until then stays as `<directory>.partial`, and so must be removed
    ///   before another try.
    package init(
        of layout: SpoolLayout, to directory: String, disk: any Disk, nowMicroseconds: Int64
    ) throws(SpoolError) {
        source = layout
        target = SpoolLayout(root: directory + ".partial")
        self.disk = disk
        self.nowMicroseconds = nowMicroseconds
        do {
            try refuseExisting(directory)
            try refuseExisting(target.root)
            try disk.makeDirectory(target.root)
            cursors = try copyFiles(in: source.cursors, to: target.cursors)
            _ = try copyFiles(in: source.quarantine, to: target.quarantine)
            let writers = try source.executionWriters(disk: disk)
            try disk.makeDirectory(target.executions)
            for writer in writers {
                try copyLog(
                    "executions/" + writer, source.executions(writer: writer), to: target.executions(writer: writer))
            }
            try copyLog("events", source.events, to: target.events)
            try disk.synchronizeDirectory(target.executions)
            try disk.synchronizeDirectory(target.root)
            try disk.rename(target.root, to: directory)
            try disk.synchronizeDirectory(LinuxDisk.parent(of: directory))
        } catch {
            throw .disk(error)
        }
    }

    /// Marks the logs of a spool that was copied by other means, such as a snapshot of its file system.
    package static func markCopy(
        _ layout: SpoolLayout, disk: any Disk, nowMicroseconds: Int64
    ) throws(SpoolError) -> [String] {
        do throws(IOError) {
            var names = ["events"]
            names += try layout.executionWriters(disk: disk).map { "executions/" + $0 }
            for name in names {
                let directory = layout.root + "/" + name
                try CopyMark.write(in: directory, nowMicroseconds: nowMicroseconds, disk: disk)
            }
            return names
        } catch {
            throw .disk(error)
        }
    }

    private func refuseExisting(_ path: String) throws(IOError) {
        do { _ = try disk.names(in: path) } catch let error where error.isNotFound { return }
        throw .alreadyThere(path)
    }

    private mutating func copyLog(_ name: String, _ directory: String, to copy: String) throws(IOError) {
        var log = Log(name: name)
        try disk.makeDirectory(copy)
        let firsts = try SegmentName.firsts(in: directory, disk: disk)
        for first in firsts.reversed() {
            let isLast = first == firsts.last
            guard let copied = try copySegment(first, isLast: isLast, from: directory, to: copy) else {
                // Trimmed meanwhile, as all before it are.
                break
            }
            log.segments += 1
            log.bytes += copied.bytes
            if isLast { log.nextSequence = copied.nextSequence ?? first }
        }
        try CopyMark.write(in: copy, nowMicroseconds: nowMicroseconds, disk: disk)
        logs.append(log)
    }

    /// Copies a segment and what lies beside it; of the last one what is committed. Nil if it is not there any more.
    private func copySegment(
        _ first: UInt64, isLast: Bool, from directory: String, to copy: String
    ) throws(IOError) -> (bytes: UInt64, nextSequence: UInt64?)? {
        let plain = SegmentName.name(first: first)
        let commitsName = SegmentName.commitsName(first: first)
        var end: CommitEntry?
        if isLast { end = try CommitFile.lastEntry(directory + "/" + commitsName, disk: disk) }
        // The plain form first: between two looks it may be compressed, never the other way round.
        var copied: (name: String, bytes: UInt64)?
        for name in [plain, plain + CompressedSegment.suffix] where copied == nil {
            do {
                copied = (name, try copyFile(directory + "/" + name, to: copy + "/" + name, limit: end?.endOffset))
            } catch let error where error.isNotFound {
                continue
            }
        }
        guard let copied else { return nil }
        let digits = plain.prefix { $0 != "." } + "."
        let forms = [plain, plain + CompressedSegment.suffix]
        for beside in try disk.names(in: directory) where beside.hasPrefix(digits) && !forms.contains(beside) {
            do {
                if beside == commitsName, let end {
                    try copyEntries(directory + "/" + beside, to: copy + "/" + beside, through: end)
                } else {
                    _ = try copyFile(directory + "/" + beside, to: copy + "/" + beside, limit: nil)
                }
            } catch let error where error.isNotFound {
                continue
            }
        }
        return (copied.bytes, end?.nextSequence)
    }

    private func copyEntries(_ path: String, to copy: String, through end: CommitEntry) throws(IOError) {
        let entries = try CommitFile.entries(path, disk: disk)
        let count = (entries.lastIndex(of: end) ?? entries.endIndex - 1) + 1
        _ = try copyFile(path, to: copy, limit: UInt64(count * CommitEntry.bytesCount))
    }

    private func copyFiles(in directory: String, to copy: String) throws(IOError) -> Int {
        let names: [String]
        do { names = try disk.names(in: directory) } catch let error where error.isNotFound { return 0 }
        try disk.makeDirectory(copy)
        var count = 0
        for name in names where !name.hasPrefix(".") {
            do {
                _ = try copyFile(directory + "/" + name, to: copy + "/" + name, limit: nil)
                count += 1
            } catch let error where error.isNotFound {
                continue
            }
        }
        try disk.synchronizeDirectory(copy)
        return count
    }

    /// Copies a file with its time, durably; gives its size in the copy.
    private func copyFile(_ path: String, to copy: String, limit: UInt64?) throws(IOError) -> UInt64 {
        let from = try disk.openFileForReading(path)
        let to = try disk.createFile(copy)
        var done: UInt64 = 0
        while done < limit ?? .max {
            var chunk: [UInt8] = []
            let wanted = Int(min(UInt64(Self.chunkBytes), (limit ?? .max) - done))
            let count = try from.read(into: &chunk, at: done, count: wanted)
            guard count > 0 else { break }
            guard unsafe try to.append(chunk.span.bytes) == count else { throw .noSpace(copy) }
            done += UInt64(count)
        }
        try to.synchronize()
        // Retention goes by it.
        try to.setModificationSeconds(try from.modificationSeconds())
        return done
    }
}
