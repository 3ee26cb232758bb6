import DurableIO
import Glibc
import Threading

/// The machine's disk, in trouble as a test asks for it.
final class TroubledDisk: Disk {
    struct Trouble {
        /// Every synchronization of a file fails.
        var isBroken = false
        /// Synchronizations wait until this is over.
        var isHeld = false
        /// How many wait.
        var heldCount = 0
        /// What statfs(2) tells, if not the truth.
        var availableBytes: UInt64?
    }

    let trouble = Monitor(Trouble())
    private let disk = LinuxDisk()

    func hold() { trouble.withLock { $0.isHeld = true } }

    func release() {
        trouble.update {
            $0.isHeld = false
            return .all
        }
    }

    /// Sleeps until the committer waits for the disk; false if it does not come.
    func waitUntilHeld() -> Bool { trouble.wait(milliseconds: 20_000) { $0.heldCount > 0 ? true : nil } ?? false }

    func createFile(_ path: String) throws(IOError) -> any DiskFile {
        TroubledFile(file: try disk.createFile(path), trouble: trouble)
    }
    func openFile(_ path: String) throws(IOError) -> any DiskFile {
        TroubledFile(file: try disk.openFile(path), trouble: trouble)
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
            magic: facts.magic, availableBytes: trouble.withLock { $0.availableBytes } ?? facts.availableBytes,
            totalBytes: facts.totalBytes)
    }
    func lockDirectory(_ path: String) throws(IOError) -> (any DirectoryLock)? { try disk.lockDirectory(path) }
}

private final class TroubledFile: DiskFile {
    private let file: any DiskFile
    private let trouble: Monitor<TroubledDisk.Trouble>

    init(file: any DiskFile, trouble: Monitor<TroubledDisk.Trouble>) {
        self.file = file
        self.trouble = trouble
    }

    var path: String { file.path }
    func size() throws(IOError) -> UInt64 { try file.size() }
    func modificationSeconds() throws(IOError) -> Int64 { try file.modificationSeconds() }
    func setModificationSeconds(_ seconds: Int64) throws(IOError) { try file.setModificationSeconds(seconds) }
    func append(_ bytes: RawSpan) throws(IOError) -> Int { try file.append(bytes) }

    func synchronize() throws(IOError) {
        trouble.update {
            $0.heldCount += 1
            return .all
        }
        let isBroken = trouble.wait { trouble -> Bool? in
            if trouble.isHeld { return nil }
            trouble.heldCount -= 1
            return trouble.isBroken
        }
        if isBroken { throw IOError("fdatasync", path, errno: EIO) }
        try file.synchronize()
    }

    func truncate(to size: UInt64) throws(IOError) { try file.truncate(to: size) }

    func read(into buffer: inout [UInt8], at offset: UInt64, count: Int) throws(IOError) -> Int {
        try file.read(into: &buffer, at: offset, count: count)
    }
}
