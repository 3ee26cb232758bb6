import DurableIO

/// A segment that was just made, and its commit file: empty, and their names are durable.
struct NewSegment {
    let file: any DiskFile
    let commits: CommitFile

    /// - Parameters:
    ///   - hash: what its chain begins with.
    ///   - isReplacing: there is a segment of that name, with nothing in it that counts. It is replaced in one step, so
    ///     that at no moment the name is gone.
    /// - Throws: ``IOError``; then there is no such segment, unless it was there before or could not be removed again.
    init(
        _ directory: String, first: UInt64, after hash: ChainHash, isReplacing: Bool = false, disk: any Disk
    ) throws(IOError) {
        let path = directory + "/" + SegmentName.name(first: first)
        if isReplacing {
            let interim = path + ".new"
            // What a crash left behind.
            do { try disk.remove(interim) } catch let error where error.isNotFound {}
            _ = try disk.createFile(interim)
            try disk.rename(interim, to: path)
            file = try disk.openFile(path)
        } else {
            file = try disk.createFile(path)
        }
        do {
            commits = try CommitFile(
                creating: directory + "/" + SegmentName.commitsName(first: first),
                first: CommitEntry(endOffset: 0, nextSequence: first, hash: hash), disk: disk)
            try disk.synchronizeDirectory(directory)
        } catch {
            // The name may vanish with the power: nothing may be acknowledged in it, and it must not stand in the way.
            if !isReplacing { try? disk.remove(path) }
            throw error
        }
    }
}
