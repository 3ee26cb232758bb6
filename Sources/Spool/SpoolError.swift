import DurableIO

/// Why the spool did not do what it was asked. Nothing of a refused record is acknowledged or will be.
package enum SpoolError: Error, Equatable, Sendable {
    case disk(IOError)
    /// Another process writes this log.
    case locked(path: String)
    /// The file system under `path` is not one whose synchronization can be believed.
    case unsuitableFileSystem(path: String, magic: UInt64)
    /// Writing would leave less free space than the reserve.
    case full(availableBytes: UInt64, reserveBytes: UInt64)
    /// The disk took only part of a group.
    case shortWrite(path: String, writtenBytes: Int, givenBytes: Int)
    /// More waits for the disk than the settings allow.
    case overloaded(pendingBytes: Int, pendingRecords: Int)
    case recordTooLarge(bytes: Int, limit: Int)
    /// The log was closed.
    case stopped
}

extension SpoolError {
    /// There is no room: it may come back without anything being wrong.
    package var isFull: Bool {
        switch self {
        case .full, .shortWrite: true
        case .disk(let error): error.isFull
        case .locked, .unsuitableFileSystem, .overloaded, .recordTooLarge, .stopped: false
        }
    }

    /// Somebody else has the log now.
    package var isLocked: Bool {
        if case .locked = self { return true }
        return false
    }
}

extension SpoolError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .disk(let error): error.description
        case .locked(let path): "\(path) is locked: another process writes this log"
        case .unsuitableFileSystem(let path, let magic):
            "\(path) lies on a file system of type 0x\(String(magic, radix: 16)), which is not a local one known to keep "
                + "what was synchronized; put the spool on ext4, xfs, btrfs, zfs or f2fs"
        case .full(let available, let reserve):
            "the disk is full: \(available) bytes are free, \(reserve) are kept in reserve"
        case .shortWrite(let path, let written, let given): "\(path): only \(written) of \(given) bytes were written"
        case .overloaded(let bytes, let records): "\(records) records with \(bytes) bytes already wait for the disk"
        case .recordTooLarge(let bytes, let limit): "a record of \(bytes) bytes is over the limit of \(limit)"
        case .stopped: "the log is closed"
        }
    }
}
