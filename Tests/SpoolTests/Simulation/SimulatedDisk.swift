import DurableIO
import Glibc
import Threading

/// A disk in memory that forgets, tears, refuses and lies as real ones may, the same way for the same seed.
///
/// At a power cut every page that was not synchronized is kept, lost or torn on its own, and so is every name whose
/// directory was not synchronized. When a program is killed the page cache survives.
final class SimulatedDisk: Disk {
    let machine: Monitor<SimulatedMachine>

    init(seed: UInt64) {
        machine = Monitor(SimulatedMachine(seed: seed))
    }

    /// The fault happens at the `nth` operation that it can happen to, from 1.
    func arm(_ fault: DiskFault, nth: Int) { machine.withLock { $0.armed[fault] = nth } }
    func disarm() { machine.withLock { $0.armed = [:] } }
    func fired(_ fault: DiskFault) -> Int { machine.withLock { $0.fired[fault] ?? 0 } }

    /// The program dies in the midst of the next operation but `operations`.
    func dieAfter(operations: Int) { machine.withLock { $0.operationsUntilDeath = operations } }
    var isDown: Bool { machine.withLock { $0.isDown } }
    func restart(powerCut: Bool) { machine.withLock { $0.restart(powerCut: powerCut) } }

    func content(_ path: String) -> [UInt8]? { machine.withLock { $0.content(path) } }

    func createFile(_ path: String) throws(IOError) -> any DiskFile {
        let (file, run) = try machine.withLock { (machine) throws(IOError) in (try machine.create(path), machine.run) }
        return SimulatedFile(path: path, file: file, run: run, machine: machine)
    }

    func openFile(_ path: String) throws(IOError) -> any DiskFile {
        let (file, run) = try machine.withLock { (machine) throws(IOError) in (try machine.open(path), machine.run) }
        return SimulatedFile(path: path, file: file, run: run, machine: machine)
    }

    func openFileForReading(_ path: String) throws(IOError) -> any DiskFile {
        let file = try machine.withLock { (machine) throws(IOError) in try machine.open(path) }
        return SimulatedFile(path: path, file: file, run: nil, machine: machine)
    }

    func makeDirectory(_ path: String) throws(IOError) {
        try machine.withLock { (machine) throws(IOError) in try machine.makeDirectory(path) }
    }

    func names(in directory: String) throws(IOError) -> [String] {
        try machine.withLock { (machine) throws(IOError) in try machine.list(directory) }
    }

    func synchronizeDirectory(_ path: String) throws(IOError) {
        try machine.withLock { (machine) throws(IOError) in try machine.synchronizeDirectory(path) }
    }

    func rename(_ from: String, to: String) throws(IOError) {
        try machine.withLock { (machine) throws(IOError) in try machine.rename(from, to: to) }
    }

    func remove(_ path: String) throws(IOError) {
        try machine.withLock { (machine) throws(IOError) in try machine.remove(path) }
    }

    func fileSystem(at path: String) throws(IOError) -> FileSystemFacts {
        let ext4: UInt64 = 0xEF53
        let available = machine.withLock { $0.availableBytes() }
        return FileSystemFacts(magic: ext4, availableBytes: available, totalBytes: 1 << 41)
    }

    func lockDirectory(_ path: String) throws(IOError) -> (any DirectoryLock)? {
        try machine.withLock { (machine) throws(IOError) in try machine.lock(path) }
            .map { SimulatedLock(path: path, token: $0, machine: machine) }
    }
}

private final class SimulatedFile: DiskFile {
    let path: String
    private let file: Int
    /// The program that opened it for writing; nil when it was opened for reading only.
    private let run: Int?
    private let machine: Monitor<SimulatedMachine>

    init(path: String, file: Int, run: Int?, machine: Monitor<SimulatedMachine>) {
        self.path = path
        self.file = file
        self.run = run
        self.machine = machine
    }

    /// No history lives long enough for age to matter.
    func modificationSeconds() throws(IOError) -> Int64 { 0 }
    func setModificationSeconds(_ seconds: Int64) throws(IOError) {}
    func size() throws(IOError) -> UInt64 {
        UInt64(try machine.withLock { (machine) throws(IOError) in try machine.size(file, path) })
    }

    func append(_ bytes: RawSpan) throws(IOError) -> Int {
        let run = try writer("write")
        let bytes = bytes.withUnsafeBytes { Array($0) }
        return try machine.withLock { (machine) throws(IOError) in
            try machine.append(bytes, to: file, path, run: run)
        }
    }

    func synchronize() throws(IOError) {
        let run = try writer("fdatasync")
        try machine.withLock { (machine) throws(IOError) in try machine.synchronize(file, path, run: run) }
    }

    func truncate(to size: UInt64) throws(IOError) {
        let run = try writer("ftruncate")
        try machine.withLock { (machine) throws(IOError) in
            try machine.truncate(file, to: Int(size), path, run: run)
        }
    }

    func read(into buffer: inout [UInt8], at offset: UInt64, count: Int) throws(IOError) -> Int {
        let bytes = try machine.withLock { (machine) throws(IOError) in
            try machine.read(file, at: Int(offset), count: count, path)
        }
        buffer += bytes
        return bytes.count
    }

    private func writer(_ call: String) throws(IOError) -> Int {
        guard let run else { throw IOError(call, path, errno: EBADF) }
        return run
    }
}

private final class SimulatedLock: DirectoryLock {
    private let path: String
    private let token: Int
    private let machine: Monitor<SimulatedMachine>

    init(path: String, token: Int, machine: Monitor<SimulatedMachine>) {
        self.path = path
        self.token = token
        self.machine = machine
    }

    deinit { machine.withLock { $0.unlock(path, token: token) } }
}
