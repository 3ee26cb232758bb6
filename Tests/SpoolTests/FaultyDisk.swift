import DurableIO
import Glibc
import Spool
import Threading

/// The machine's disk with faults that a test asks for.
final class FaultyDisk: Disk {
    struct Faults {
        var shortWrites = 0
        var failedSynchronizations = 0
        var failedTruncations = 0
        /// Entries of commit files that the disk has no room for.
        var refusedEntries = 0
        /// Entries of commit files that it fails to write.
        var failedEntries = 0
        /// Files that it does not make.
        var refusedCreations = 0
    }

    let faults = Monitor(Faults())
    private let disk = LinuxDisk()
    private let magic: UInt64?

    init(magic: UInt64? = nil) {
        self.magic = magic
    }

    func createFile(_ path: String) throws(IOError) -> any DiskFile {
        if faults.take(\.refusedCreations) { throw .noSpace(path) }
        return FaultyFile(file: try disk.createFile(path), faults: faults)
    }
    func openFile(_ path: String) throws(IOError) -> any DiskFile {
        FaultyFile(file: try disk.openFile(path), faults: faults)
    }
    func openFileForReading(_ path: String) throws(IOError) -> any DiskFile { try disk.openFileForReading(path) }
    func makeDirectory(_ path: String) throws(IOError) { try disk.makeDirectory(path) }
    func names(in directory: String) throws(IOError) -> [String] { try disk.names(in: directory) }
    func synchronizeDirectory(_ path: String) throws(IOError) { try disk.synchronizeDirectory(path) }
    func rename(_ from: String, to: String) throws(IOError) { try disk.rename(from, to: to) }
    func remove(_ path: String) throws(IOError) { try disk.remove(path) }
    func fileSystem(at path: String) throws(IOError) -> FileSystemFacts {
        let facts = try disk.fileSystem(at: path)
        return FileSystemFacts(
            magic: magic ?? facts.magic, availableBytes: facts.availableBytes, totalBytes: facts.totalBytes)
    }
    func lockDirectory(_ path: String) throws(IOError) -> (any DirectoryLock)? { try disk.lockDirectory(path) }
}

private final class FaultyFile: DiskFile {
    private let file: any DiskFile
    private let faults: Monitor<FaultyDisk.Faults>

    init(file: any DiskFile, faults: Monitor<FaultyDisk.Faults>) {
        self.file = file
        self.faults = faults
    }

    var path: String { file.path }
    func size() throws(IOError) -> UInt64 { try file.size() }
    func modificationSeconds() throws(IOError) -> Int64 { try file.modificationSeconds() }
    func setModificationSeconds(_ seconds: Int64) throws(IOError) { try file.setModificationSeconds(seconds) }

    func append(_ bytes: RawSpan) throws(IOError) -> Int {
        if path.hasSuffix(SegmentName.commitsSuffix) {
            if faults.take(\.refusedEntries) { throw .noSpace(path) }
            if faults.take(\.failedEntries) { throw IOError("write", path, errno: EIO) }
        }
        guard isDue(\.shortWrites) else { return try file.append(bytes) }
        return try file.append(bytes.extracting(0..<(bytes.byteCount / 2)))
    }

    func synchronize() throws(IOError) {
        if isDue(\.failedSynchronizations) { throw IOError("fdatasync", path, errno: EIO) }
        try file.synchronize()
    }

    func truncate(to size: UInt64) throws(IOError) {
        if isDue(\.failedTruncations) { throw IOError("ftruncate", path, errno: EIO) }
        try file.truncate(to: size)
    }

    func read(into buffer: inout [UInt8], at offset: UInt64, count: Int) throws(IOError) -> Int {
        try file.read(into: &buffer, at: offset, count: count)
    }

    private func isDue(_ fault: WritableKeyPath<FaultyDisk.Faults, Int>) -> Bool {
        // These faults are the segments'.
        path.hasSuffix(SegmentName.suffix) && faults.take(fault)
    }
}

extension Monitor<FaultyDisk.Faults> {
    /// Whether a fault is due now; then it is used up.
    fileprivate func take(_ fault: WritableKeyPath<FaultyDisk.Faults, Int>) -> Bool {
        withLock { faults in
            guard faults[keyPath: fault] > 0 else { return false }
            faults[keyPath: fault] -= 1
            return true
        }
    }
}
