import DurableIO
import Glibc
import Threading

/// The machine's disk, which writes down every change it is asked for, and may refuse some.
final class RecordingDisk: Disk {
    /// `rename relay.json`, `fdatasync .relay.json.new`: the call and the last part of the path.
    let calls = Monitor<[String]>([])
    /// Calls of this text fail with EIO.
    let refused = Monitor<Set<String>>([])
    /// What happens elsewhere right before the call of this text.
    let meanwhile = Monitor<[String: @Sendable () -> Void]>([:])
    private let disk = LinuxDisk()

    var takenCalls: [String] {
        calls.withLock { calls in
            defer { calls = [] }
            return calls
        }
    }

    func createFile(_ path: String) throws(IOError) -> any DiskFile {
        RecordingFile(
            file: try note("create", path) { () throws(IOError) in try disk.createFile(path) }, disk: self)
    }
    func openFile(_ path: String) throws(IOError) -> any DiskFile {
        RecordingFile(file: try disk.openFile(path), disk: self)
    }
    func openFileForReading(_ path: String) throws(IOError) -> any DiskFile { try disk.openFileForReading(path) }
    func makeDirectory(_ path: String) throws(IOError) { try disk.makeDirectory(path) }
    func names(in directory: String) throws(IOError) -> [String] { try disk.names(in: directory) }
    func synchronizeDirectory(_ path: String) throws(IOError) {
        try note("fsync", path) { () throws(IOError) in try disk.synchronizeDirectory(path) }
    }
    func rename(_ from: String, to: String) throws(IOError) {
        try note("rename", to) { () throws(IOError) in try disk.rename(from, to: to) }
    }
    func remove(_ path: String) throws(IOError) {
        try note("unlink", path) { () throws(IOError) in try disk.remove(path) }
    }
    func fileSystem(at path: String) throws(IOError) -> FileSystemFacts { try disk.fileSystem(at: path) }
    func lockDirectory(_ path: String) throws(IOError) -> (any DirectoryLock)? { try disk.lockDirectory(path) }

    /// Refuses the call, or makes it and writes it down if it succeeded.
    fileprivate func note<Value>(
        _ call: String, _ path: String, _ body: () throws(IOError) -> Value
    ) throws(IOError) -> Value {
        let text = call + " " + path.split(separator: "/").suffix(1).joined()
        meanwhile.withLock { $0[text] }?()
        if refused.withLock({ $0.contains(text) }) { throw IOError(call, path, errno: EIO) }
        let value = try body()
        calls.update {
            $0.append(text)
            return .all
        }
        return value
    }
}

private final class RecordingFile: DiskFile {
    private let file: any DiskFile
    private let disk: RecordingDisk

    init(file: any DiskFile, disk: RecordingDisk) {
        self.file = file
        self.disk = disk
    }

    var path: String { file.path }
    func size() throws(IOError) -> UInt64 { try file.size() }
    func modificationSeconds() throws(IOError) -> Int64 { try file.modificationSeconds() }
    func setModificationSeconds(_ seconds: Int64) throws(IOError) { try file.setModificationSeconds(seconds) }
    func append(_ bytes: RawSpan) throws(IOError) -> Int {
        // A span does not enter a closure.
        try disk.note("write", path) { () throws(IOError) in () }
        return try file.append(bytes)
    }
    func synchronize() throws(IOError) {
        try disk.note("fdatasync", path) { () throws(IOError) in try file.synchronize() }
    }
    func truncate(to size: UInt64) throws(IOError) {
        try disk.note("ftruncate", path) { () throws(IOError) in try file.truncate(to: size) }
    }
    func read(into buffer: inout [UInt8], at offset: UInt64, count: Int) throws(IOError) -> Int {
        try file.read(into: &buffer, at: offset, count: count)
    }
}
