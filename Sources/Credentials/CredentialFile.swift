import Glibc

/// Fence around the system calls for a small file that is replaced as a whole.
///
/// Readers need no lock: they see the old file or the new one. Writers hold a lock on `<path>.lock` from reading to
/// renaming, so that none loses another's change.
struct CredentialFile: Sendable {
    static let bytesLimit = 16 << 20

    /// What changes whenever the file does.
    struct Version: Equatable, Sendable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var modified: Moment
        var changed: Moment

        struct Moment: Equatable, Sendable {
            var seconds: Int
            var nanoseconds: Int
        }
    }

    let path: String

    /// Nil if there is no file. `stat(2)`
    func version() throws(CredentialsError) -> Version? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw failure("stat")
        }
        return Version(status)
    }

    /// The whole file, and the version it was.
    ///
    /// - Throws: ``CredentialsError/missing``, ``CredentialsError/exposed`` before a byte is read,
    ///   ``CredentialsError/tooLarge``, ``CredentialsError/system``.
    func read() throws(CredentialsError) -> (bytes: [UInt8], version: Version) {
        // Not blocking: somebody may have put a FIFO there.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT ? .missing(path: path) : failure("open") }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("fstat") }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path, mode: UInt32(status.st_mode & 0o777)) }

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            if count == 0 { return (bytes, Version(status)) }
            bytes += chunk[..<count]
            guard bytes.count <= Self.bytesLimit else { throw .tooLarge(path: path, bytesLimit: Self.bytesLimit) }
        }
    }

    /// Puts `bytes` in the place of the file, mode 0600; the new name is durable when it returns. Needs the lock.
    ///
    /// - Throws: ``CredentialsError/system``. If it was the directory's fsync that failed, the new file is in place, but
    ///   may be gone after a power loss.
    func replace(with bytes: [UInt8]) throws(CredentialsError) {
        guard bytes.count <= Self.bytesLimit else { throw .tooLarge(path: path, bytesLimit: Self.bytesLimit) }
        // What a killed writer has left; nobody else uses the name while we hold the lock.
        let draft = path + ".new"
        if unsafe unlink(draft) != 0, errno != ENOENT { throw failure("unlink", draft) }
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open", draft) }
        do throws(CredentialsError) {
            defer { close(descriptor) }
            try adoptOwner(descriptor)
            try write(bytes, to: descriptor, draft)
            guard fsync(descriptor) == 0 else { throw failure("fsync", draft) }
            guard unsafe rename(draft, path) == 0 else { throw failure("rename", draft) }
        } catch {
            _ = unsafe unlink(draft)
            throw error
        }
        try synchronizeDirectory()
    }

    /// Runs `body` while no other process or thread can. `flock(2)`
    ///
    /// - Throws: ``CredentialsError/locked`` after `patience`, and what `body` throws.
    func withLock<Value>(
        patience: Duration = .seconds(10), _ body: () throws(CredentialsError) -> Value
    ) throws(CredentialsError) -> Value {
        let lockPath = path + ".lock"
        let descriptor = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open", lockPath) }
        // Closing the only descriptor of the open file lets the lock go.
        defer { close(descriptor) }
        try adoptOwner(descriptor)
        let deadline = ContinuousClock.now.advanced(by: patience)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw failure("flock", lockPath) }
            guard ContinuousClock.now < deadline else { throw .locked(path: path) }
            usleep(5000)
        }
        return try body()
    }

    /// Root, who may write anything, must not leave a file that the responder's user cannot read: it gets the owner of
    /// the file it replaces, or else the directory's.
    private func adoptOwner(_ descriptor: Int32) throws(CredentialsError) {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard unsafe stat(path, &status) == 0 || stat(directory, &status) == 0 else { throw failure("stat") }
        guard fchown(descriptor, status.st_uid, status.st_gid) == 0 else { throw failure("fchown") }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32, _ name: String) throws(CredentialsError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", name) }
            rest = rest.dropFirst(count)
        }
    }

    private func synchronizeDirectory() throws(CredentialsError) {
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", directory) }
    }

    private var directory: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func failure(_ call: String, _ path: String? = nil) -> CredentialsError {
        .system(call: call, path: path ?? self.path, errno: errno)
    }
}

extension CredentialFile.Version {
    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Moment(seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        changed = Moment(seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
    }
}
