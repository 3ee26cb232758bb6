import CLinux
import Glibc

/// The machine's own disk, by system calls; the only place in the product that writes files.
package struct LinuxDisk: Disk {
    package init() {}

    package func createFile(_ path: String) throws(IOError) -> any DiskFile {
        let file = try LinuxFile(path, flags: O_RDWR | O_APPEND | O_CREAT | O_EXCL)
        do { try file.adoptOwner(of: Self.parent(of: path)) } catch {
            try? remove(path)
            throw error
        }
        return file
    }

    /// Makes a file that must not exist yet, for its owner's eyes only (`O_EXCL`, mode 0600).
    package func createPrivateFile(_ path: String) throws(IOError) -> any DiskFile {
        let file = try LinuxFile(path, flags: O_RDWR | O_APPEND | O_CREAT | O_EXCL, mode: 0o600)
        do { try file.adoptOwner(of: Self.parent(of: path)) } catch {
            try? remove(path)
            throw error
        }
        return file
    }

    /// Makes a directory for its owner's eyes only (mode 0700), not durably; an existing one is left as it is.
    package func makePrivateDirectory(_ path: String) throws(IOError) {
        do {
            _ = try IOError.check("mkdir", path) { unsafe mkdir(path, 0o700) }
        } catch let error where error.errno == EEXIST {
            return
        }
        try LinuxFile(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW).adoptOwner(of: Self.parent(of: path))
    }

    package func openFile(_ path: String) throws(IOError) -> any DiskFile {
        try LinuxFile(path, flags: O_RDWR | O_APPEND)
    }

    package func openFileForReading(_ path: String) throws(IOError) -> any DiskFile {
        try LinuxFile(path, flags: O_RDONLY)
    }

    package func makeDirectory(_ path: String) throws(IOError) {
        do {
            _ = try IOError.check("mkdir", path) { unsafe mkdir(path, 0o750) }
        } catch let error where error.errno == EEXIST {
            return
        }
        let parent = Self.parent(of: path)
        // Through a descriptor that followed no link: the directory's owner may swap names while root works there.
        try LinuxFile(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW).adoptOwner(of: parent)
        try synchronizeDirectory(parent)
    }

    package func names(in directory: String) throws(IOError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw IOError("opendir", directory, errno: errno) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw IOError("readdir", directory, errno: errno) }
        return names
    }

    package func synchronizeDirectory(_ path: String) throws(IOError) {
        let descriptor = try IOError.check("open", path) { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(descriptor) }
        _ = try IOError.check("fsync", path) { fsync(descriptor) }
    }

    package func rename(_ from: String, to: String) throws(IOError) {
        _ = try IOError.check("rename", from) { unsafe Glibc.rename(from, to) }
    }

    package func remove(_ path: String) throws(IOError) {
        _ = try IOError.check("unlink", path) { unsafe unlink(path) }
    }

    package func fileSystem(at path: String) throws(IOError) -> FileSystemFacts {
        var magic: UInt64 = 0
        var available: UInt64 = 0
        var total: UInt64 = 0
        _ = try IOError.check("statfs", path) { unsafe fx_statfs(path, &magic, &available, &total) }
        return FileSystemFacts(magic: magic, availableBytes: available, totalBytes: total)
    }

    package func lockDirectory(_ path: String) throws(IOError) -> (any DirectoryLock)? {
        let descriptor = try IOError.check("open", path) { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        let lock = LinuxDirectoryLock(descriptor: descriptor)
        // A child that is between fork and exec shares the locks of its parent, even one that is just letting go.
        let attemptsLimit = 10
        let pauseMicroseconds: UInt32 = 20_000
        for attempt in 1...attemptsLimit {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return lock }
            guard errno == EWOULDBLOCK else { throw IOError("flock", path, errno: errno) }
            if attempt < attemptsLimit { usleep(pauseMicroseconds) }
        }
        return nil
    }

    /// The directory a path lies in: `a/b` → `a`, `a` → `.`, `/a` → `/`.
    package static func parent(of path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard !parts.isEmpty else { return path.hasPrefix("/") ? "/" : "." }
        parts.removeLast()
        let joined = parts.joined(separator: "/")
        return path.hasPrefix("/") ? "/" + joined : (joined.isEmpty ? "." : joined)
    }
}

/// An open descriptor and the name it was opened by.
private final class LinuxFile: DiskFile {
    let path: String
    private let descriptor: Int32

    init(_ path: String, flags: Int32, mode: mode_t = 0o640) throws(IOError) {
        self.path = path
        descriptor = try IOError.check("open", path) { unsafe open(path, flags | O_CLOEXEC, mode) }
    }

    deinit { close(descriptor) }

    func size() throws(IOError) -> UInt64 { UInt64(try facts().st_size) }

    func modificationSeconds() throws(IOError) -> Int64 { Int64(try facts().st_mtim.tv_sec) }

    func setModificationSeconds(_ seconds: Int64) throws(IOError) {
        let time = timespec(tv_sec: Int(seconds), tv_nsec: 0)
        let times = [time, time]
        _ = try IOError.check("futimens", path) { unsafe futimens(descriptor, times) }
    }

    private func facts() throws(IOError) -> stat {
        var facts = stat()
        _ = try IOError.check("fstat", path) { unsafe fstat(descriptor, &facts) }
        return facts
    }

    /// Gives the file to the owner of `directory`, where root made it.
    func adoptOwner(of directory: String) throws(IOError) {
        guard geteuid() == 0 else { return }
        var owner = stat()
        _ = try IOError.check("stat", directory) { unsafe stat(directory, &owner) }
        let own = try facts()
        guard (own.st_uid, own.st_gid) != (owner.st_uid, owner.st_gid) else { return }
        _ = try IOError.check("fchown", path) { fchown(descriptor, owner.st_uid, owner.st_gid) }
    }

    func append(_ bytes: RawSpan) throws(IOError) -> Int {
        unsafe try bytes.withUnsafeBytes { (buffer) throws(IOError) -> Int in
            try IOError.check("write", path) { unsafe write(descriptor, buffer.baseAddress, buffer.count) }
        }
    }

    func synchronize() throws(IOError) {
        // EINTR is not retried: whether the interrupted call had already dropped a write error is unknown.
        guard fdatasync(descriptor) == 0 else { throw IOError("fdatasync", path, errno: errno) }
    }

    func truncate(to size: UInt64) throws(IOError) {
        _ = try IOError.check("ftruncate", path) { ftruncate(descriptor, off_t(size)) }
    }

    func read(into buffer: inout [UInt8], at offset: UInt64, count: Int) throws(IOError) -> Int {
        var result = 0
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            result = retryingInterrupts { unsafe pread(descriptor, bytes.baseAddress, count, off_t(offset)) }
            filled = max(result, 0)
        }
        guard result >= 0 else { throw IOError("pread", path, errno: errno) }
        if buffer.isEmpty { buffer = chunk } else { buffer += chunk }
        return result
    }
}

private final class LinuxDirectoryLock: DirectoryLock {
    private let descriptor: Int32
    init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }
}

/// Repeats a call that a signal interrupted.
private func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

extension IOError {
    /// Turns -1 into an error, and repeats what a signal interrupted.
    fileprivate static func check<Result: SignedInteger>(
        _ call: String, _ path: String, _ body: () -> Result
    ) throws(IOError) -> Result {
        let result = retryingInterrupts(body)
        guard result >= 0 else { throw IOError(call, path, errno: Glibc.errno) }
        return result
    }
}
