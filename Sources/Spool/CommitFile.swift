import DurableIO

/// The file beside a segment that says, one line per commit, how far it is committed (``CommitEntry``).
///
/// It is written after the segment's own synchronization, and synchronized only when the segment is closed: what a crash
/// takes from it, recovery writes again. So it is never ahead of the segment, and a reader that stops at its last line
/// never sees a record that was not committed, nor what a failed group left behind.
package struct CommitFile {
    private let file: any DiskFile
    private var size: UInt64
    private var link: ChainLink
    /// The last entry written.
    private(set) var last: CommitEntry

    /// Begins the commit file of a new segment. Its name is durable only after the directory's synchronization.
    init(creating path: String, first: CommitEntry, disk: any Disk) throws(IOError) {
        // One that a crash left behind, or a segment that was removed, has nothing to say about the new one.
        do { try disk.remove(path) } catch let error where error.isNotFound {}
        file = try disk.createFile(path)
        size = 0
        last = first
        link = ChainLink(after: first.hash)
        do throws(CommitFileError) { try append(first) } catch { throw error.ioError }
    }

    /// Goes on with the commit file of a segment that was recovered.
    init(continuing path: String, size: UInt64, last: CommitEntry, disk: any Disk) throws(IOError) {
        file = try disk.openFile(path)
        if try file.size() != size { try file.truncate(to: size) }
        self.size = size
        self.last = last
        link = ChainLink(after: last.hash)
    }

    /// Adds committed bytes to the chain.
    mutating func extend(with bytes: [UInt8]) {
        link.add(bytes)
    }

    /// Adds what the segment holds behind the last entry.
    mutating func extend(with segment: any DiskFile, to end: UInt64) throws(IOError) {
        try link.add(segment, from: last.endOffset, to: end)
    }

    /// The chain with all that was added, whether an entry says so or not.
    func hash(at endOffset: UInt64) -> ChainHash { last.endOffset == endOffset ? last.hash : link.hash }

    /// Says that the segment is committed up to here.
    ///
    /// - Throws: ``CommitFileError``; after ``CommitFileError/notWritten(_:)`` the next entry will cover what this one was
    ///   to.
    mutating func commit(endOffset: UInt64, nextSequence: UInt64) throws(CommitFileError) {
        let entry = CommitEntry(endOffset: endOffset, nextSequence: nextSequence, hash: link.hash)
        try append(entry)
        last = entry
        link = ChainLink(after: entry.hash)
    }

    func synchronize() throws(IOError) {
        try file.synchronize()
    }

    private mutating func append(_ entry: CommitEntry) throws(CommitFileError) {
        let line = entry.line
        var failure: IOError
        do throws(IOError) {
            let written = unsafe try file.append(line.span.bytes)
            if written == line.count {
                size += UInt64(line.count)
                return
            }
            failure = .noSpace(file.path)
        } catch {
            failure = error
        }
        // Half a line would shift all that follow.
        do { try file.truncate(to: size) } catch { throw .brokenOff(error) }
        throw .notWritten(failure)
    }
}

/// Why a commit file did not take an entry.
enum CommitFileError: Error {
    /// It is as it was.
    case notWritten(IOError)
    /// It may end in half an entry: nothing can be added to it any more.
    case brokenOff(IOError)

    var ioError: IOError {
        switch self {
        case .notWritten(let error), .brokenOff(let error): error
        }
    }
}

extension CommitFile {
    /// All whole entries of a commit file; none if there is no file. What is no entry ends them.
    package static func entries(_ path: String, disk: any Disk) throws(IOError) -> [CommitEntry] {
        var bytes: [UInt8] = []
        do {
            let file = try disk.openFileForReading(path)
            let size = Int(try file.size())
            while bytes.count < size {
                let offset = UInt64(bytes.count)
                guard try file.read(into: &bytes, at: offset, count: size - bytes.count) > 0 else { break }
            }
        } catch let error where error.isNotFound {
            return []
        }
        var entries: [CommitEntry] = []
        var start = 0
        while start + CommitEntry.bytesCount <= bytes.count,
            let entry = CommitEntry(line: bytes[start..<(start + CommitEntry.bytesCount)])
        {
            entries.append(entry)
            start += CommitEntry.bytesCount
        }
        return entries
    }

    /// The last whole entry of a commit file, found from its end; nil if there is no file, or none in it.
    static func lastEntry(_ path: String, disk: any Disk) throws(IOError) -> CommitEntry? {
        do {
            let file = try disk.openFileForReading(path)
            let wholeCount = try file.size() / UInt64(CommitEntry.bytesCount)
            guard wholeCount > 0 else { return nil }
            var bytes: [UInt8] = []
            let offset = (wholeCount - 1) * UInt64(CommitEntry.bytesCount)
            _ = try file.read(into: &bytes, at: offset, count: CommitEntry.bytesCount)
            return CommitEntry(line: bytes[...])
        } catch let error where error.isNotFound {
            return nil
        }
    }
}
