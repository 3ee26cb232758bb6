/// All that the spool asks of a disk: the seam where tests put one that tears, forgets and lies.
///
/// Every call blocks. None retries a failed synchronization: after one, nothing since the last good one is known
/// (fsync(2), "Errors").
package protocol Disk: Sendable {
    /// Makes a file that must not exist yet, open for appending and reading (`O_EXCL`, mode 0640). It belongs to whom
    /// the directory belongs, where root makes it: the responder's user must be able to go on with it.
    func createFile(_ path: String) throws(IOError) -> any DiskFile
    /// Opens a file that exists, for appending and reading.
    func openFile(_ path: String) throws(IOError) -> any DiskFile
    /// Opens a file that exists, for reading only.
    func openFileForReading(_ path: String) throws(IOError) -> any DiskFile
    /// Makes a directory (mode 0750), and its name durable; an existing one is left as it is. One that root makes has
    /// the owner of the directory around it.
    func makeDirectory(_ path: String) throws(IOError)
    /// Names in a directory, in no order, without `.` and `..`.
    func names(in directory: String) throws(IOError) -> [String]
    /// Makes the names in a directory durable: creations, renames, removals.
    func synchronizeDirectory(_ path: String) throws(IOError)
    func rename(_ from: String, to: String) throws(IOError)
    func remove(_ path: String) throws(IOError)
    func fileSystem(at path: String) throws(IOError) -> FileSystemFacts
    /// Takes the only exclusive lock on a directory; nil when another process or handle has it. Held until released.
    func lockDirectory(_ path: String) throws(IOError) -> (any DirectoryLock)?
}

/// An open file. Closed when the last reference goes.
package protocol DiskFile: AnyObject, Sendable {
    var path: String { get }
    func size() throws(IOError) -> UInt64
    /// When bytes were last written to it or cut off, in seconds since 1970 (`st_mtime`).
    func modificationSeconds() throws(IOError) -> Int64
    /// Gives it another time than that of its last write, as a copy of an older file has (futimens(2)).
    func setModificationSeconds(_ seconds: Int64) throws(IOError)
    /// Appends bytes in one call and tells how many were taken: fewer than given is how a full disk begins (write(2)).
    func append(_ bytes: RawSpan) throws(IOError) -> Int
    /// Makes all appended bytes survive power loss (fdatasync(2)).
    func synchronize() throws(IOError)
    func truncate(to size: UInt64) throws(IOError)
    /// Reads at most `count` bytes at `offset` behind what `buffer` holds; fewer, or none, at the end of the file.
    func read(into buffer: inout [UInt8], at offset: UInt64, count: Int) throws(IOError) -> Int
}

package protocol DirectoryLock: AnyObject, Sendable {}

/// What statfs(2) tells of the file system under a path.
package struct FileSystemFacts: Sendable, Equatable {
    /// `f_type`, see statfs(2).
    package let magic: UInt64
    /// What an unprivileged process may still write.
    package let availableBytes: UInt64
    package let totalBytes: UInt64

    package init(magic: UInt64, availableBytes: UInt64, totalBytes: UInt64) {
        self.magic = magic
        self.availableBytes = availableBytes
        self.totalBytes = totalBytes
    }

    /// The name of a local file system whose synchronization can be believed; nil for all others (network, FUSE, …).
    package var localName: String? {
        switch magic {
        case 0xEF53: "ext4"
        case 0x5846_5342: "xfs"
        case 0x9123_683E: "btrfs"
        case 0x2FC1_2FC1: "zfs"
        case 0xF2F5_2010: "f2fs"
        case 0xCA45_1A4E: "bcachefs"
        case 0x794C_7630: "overlayfs"
        case 0x0102_1994: "tmpfs"
        default: nil
        }
    }
}
