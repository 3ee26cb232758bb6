import DurableIO
import Glibc

/// What goes wrong once on a simulated disk, when it is armed.
enum DiskFault: CaseIterable, Sendable {
    /// A write takes only a part of what it is given.
    case shortAppend
    /// A write takes nothing: `ENOSPC`.
    case refusedAppend
    /// `fdatasync` reports `EIO` once. The pages are clean from then on, and lost.
    case failedSynchronization
    case failedTruncation
    /// What it should have made durable stays as uncertain as it was.
    case failedDirectorySynchronization
    case failedRemoval
    case failedCreation
    case failedRename
    case failedRead
    /// statfs(2) tells of no free space.
    case fullDisk
}

/// The state behind a ``SimulatedDisk``: names and contents, in the page cache and on the disk.
struct SimulatedMachine {
    /// Changes of names that one system call made: kept or lost together at a power cut.
    private struct NameChange {
        let directory: String
        let files: [(path: String, file: Int?)]
    }

    var random: SeededGenerator
    /// Counts the programs that ran one after another on this machine; what an earlier one opened is dead.
    private(set) var run = 0
    /// The program was killed, or the power is off: nothing has an effect until ``restart(powerCut:)``.
    private(set) var isDown = false
    /// Operations until the program dies in the middle of one.
    var operationsUntilDeath: Int?
    var armed: [DiskFault: Int] = [:]
    private(set) var fired: [DiskFault: Int] = [:]

    private var files: [SimulatedContent] = []
    private var names: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var changes: [NameChange] = []
    private var directories: Set<String> = ["", "/"]
    private var locks: [String: Int] = [:]
    private var locksTaken = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    // MARK: Life and death

    /// Starts the next program: after a kill, which leaves the page cache as it is, or after a power cut.
    mutating func restart(powerCut: Bool) {
        run += 1
        isDown = false
        operationsUntilDeath = nil
        locks = [:]
        guard powerCut else { return }
        // Any of the changes may have reached the disk, but none before an earlier one of the same name.
        for change in changes where random.oneIn(2) { apply(change.files, to: &durableNames) }
        changes = []
        names = durableNames
        for file in files.indices { files[file].losePower(&random) }
    }

    /// Begins an operation that changes something; true if the program dies in the midst of it.
    private mutating func begin(_ call: String, _ path: String, run: Int? = nil) throws(IOError) -> Bool {
        guard !isDown, run ?? self.run == self.run else { throw IOError(call, path, errno: ESRCH) }
        if !files.isEmpty, random.oneIn(8) { files[random.below(files.count)].writeBackSomePage(&random) }
        if !files.isEmpty, random.oneIn(16) { files[random.below(files.count)].evictDropped(&random) }
        guard let left = operationsUntilDeath else { return false }
        operationsUntilDeath = left > 0 ? left - 1 : nil
        isDown = left == 0
        return isDown
    }

    /// The error of an operation that was under way when the program died: it had its effect or not.
    private func died(_ call: String, _ path: String) -> IOError { IOError(call, path, errno: ESRCH) }

    private mutating func isDue(_ fault: DiskFault) -> Bool {
        guard let left = armed[fault] else { return false }
        armed[fault] = left > 1 ? left - 1 : nil
        guard left <= 1 else { return false }
        fired[fault, default: 0] += 1
        return true
    }

    // MARK: Names

    mutating func create(_ path: String) throws(IOError) -> Int {
        let dies = try begin("open", path)
        if dies, random.oneIn(2) { throw died("open", path) }
        guard names[path] == nil else { throw IOError("open", path, errno: EEXIST) }
        try requireDirectory(Self.parent(of: path), for: path)
        if isDue(.failedCreation) { throw IOError("open", path, errno: random.pick([ENOSPC, EIO, EMFILE])) }
        files.append(SimulatedContent())
        change([(path, files.count - 1)], in: Self.parent(of: path))
        if dies { throw died("open", path) }
        return files.count - 1
    }

    func open(_ path: String) throws(IOError) -> Int {
        guard !isDown else { throw died("open", path) }
        guard let file = names[path] else { throw IOError("open", path, errno: ENOENT) }
        return file
    }

    mutating func makeDirectory(_ path: String) throws(IOError) {
        let dies = try begin("mkdir", path)
        guard !directories.contains(path) else { return }
        if isDue(.failedCreation) { throw IOError("mkdir", path, errno: ENOSPC) }
        if dies { throw died("mkdir", path) }
        directories.insert(path)
    }

    mutating func list(_ directory: String) throws(IOError) -> [String] {
        guard !isDown else { throw died("readdir", directory) }
        try requireDirectory(directory, for: directory)
        if isDue(.failedRead) { throw IOError("readdir", directory, errno: EIO) }
        let prefix = directory + "/"
        var found = names.keys.filter { Self.parent(of: $0) == directory }.map { String($0.dropFirst(prefix.count)) }
        // A dictionary's order changes from process to process; a directory's is arbitrary, but a seed's own.
        found.sort()
        found.shuffle(using: &random)
        return found
    }

    mutating func rename(_ from: String, to: String) throws(IOError) {
        let dies = try begin("rename", from)
        if dies, random.oneIn(2) { throw died("rename", from) }
        guard let file = names[from] else { throw IOError("rename", from, errno: ENOENT) }
        if isDue(.failedRename) { throw IOError("rename", from, errno: EIO) }
        change([(from, nil), (to, file)], in: Self.parent(of: to))
        if dies { throw died("rename", from) }
    }

    mutating func remove(_ path: String) throws(IOError) {
        let dies = try begin("unlink", path)
        if dies, random.oneIn(2) { throw died("unlink", path) }
        guard names[path] != nil else { throw IOError("unlink", path, errno: ENOENT) }
        if isDue(.failedRemoval) { throw IOError("unlink", path, errno: random.pick([EIO, EROFS])) }
        change([(path, nil)], in: Self.parent(of: path))
        if dies { throw died("unlink", path) }
    }

    mutating func synchronizeDirectory(_ path: String) throws(IOError) {
        let dies = try begin("fsync", path)
        try requireDirectory(path, for: path)
        if dies, random.oneIn(2) { throw died("fsync", path) }
        if isDue(.failedDirectorySynchronization) { throw IOError("fsync", path, errno: EIO) }
        for change in changes where change.directory == path { apply(change.files, to: &durableNames) }
        changes.removeAll { $0.directory == path }
        if dies { throw died("fsync", path) }
    }

    mutating func availableBytes() -> UInt64 { isDue(.fullDisk) ? 0 : 1 << 40 }

    mutating func lock(_ path: String) throws(IOError) -> Int? {
        guard !isDown else { throw died("flock", path) }
        try requireDirectory(path, for: path)
        guard locks[path] == nil else { return nil }
        locksTaken += 1
        locks[path] = locksTaken
        return locksTaken
    }

    mutating func unlock(_ path: String, token: Int) {
        if locks[path] == token { locks[path] = nil }
    }

    private mutating func change(_ files: [(path: String, file: Int?)], in directory: String) {
        apply(files, to: &names)
        changes.append(NameChange(directory: directory, files: files))
    }

    private func apply(_ files: [(path: String, file: Int?)], to names: inout [String: Int]) {
        for (path, file) in files { names[path] = file }
    }

    private func requireDirectory(_ directory: String, for path: String) throws(IOError) {
        guard directories.contains(directory) else { throw IOError("open", path, errno: ENOENT) }
    }

    private static func parent(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    // MARK: Contents

    func size(_ file: Int, _ path: String) throws(IOError) -> Int {
        guard !isDown else { throw died("fstat", path) }
        return files[file].cached.count
    }

    mutating func append(_ bytes: [UInt8], to file: Int, _ path: String, run: Int) throws(IOError) -> Int {
        let dies = try begin("write", path, run: run)
        if isDue(.refusedAppend) { throw IOError("write", path, errno: random.pick([ENOSPC, EIO])) }
        let isShort = isDue(.shortAppend)
        let count = dies || isShort ? random.below(bytes.count + (dies ? 1 : 0)) : bytes.count
        files[file].append(bytes[..<count])
        if dies { throw died("write", path) }
        return count
    }

    mutating func synchronize(_ file: Int, _ path: String, run: Int) throws(IOError) {
        let dies = try begin("fdatasync", path, run: run)
        if isDue(.failedSynchronization) {
            files[file].failToSynchronize(run: run, &random)
            throw IOError("fdatasync", path, errno: EIO)
        }
        if dies {
            for _ in 0..<random.below(4) { files[file].writeBackSomePage(&random) }
            if random.oneIn(2) { throw died("fdatasync", path) }
        }
        files[file].synchronize()
        if dies { throw died("fdatasync", path) }
    }

    mutating func truncate(_ file: Int, to size: Int, _ path: String, run: Int) throws(IOError) {
        let dies = try begin("ftruncate", path, run: run)
        if dies, random.oneIn(2) { throw died("ftruncate", path) }
        if isDue(.failedTruncation) { throw IOError("ftruncate", path, errno: EIO) }
        files[file].truncate(to: size)
        if dies { throw died("ftruncate", path) }
    }

    mutating func read(_ file: Int, at offset: Int, count: Int, _ path: String) throws(IOError) -> [UInt8] {
        guard !isDown else { throw died("pread", path) }
        if isDue(.failedRead) { throw IOError("pread", path, errno: EIO) }
        let cached = files[file].cached
        let start = min(offset, cached.count)
        return Array(cached[start..<min(start + count, cached.count)])
    }

    // MARK: What tests look at

    func content(_ path: String) -> [UInt8]? { names[path].map { files[$0].cached } }

    mutating func flip(bit: UInt8, at offset: Int, of path: String) {
        if let file = names[path] { files[file].flip(bit: bit, at: offset) }
    }

    /// A synchronization of the file of that name has failed since the running program began.
    func hasFailedSynchronization(_ path: String) -> Bool {
        names[path].map { files[$0].failedSynchronizationRun == run } ?? false
    }
}
