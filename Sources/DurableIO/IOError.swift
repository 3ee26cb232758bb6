import Glibc

/// A system call that failed: which, on what, and why.
package struct IOError: Error, Equatable, Sendable, CustomStringConvertible {
    package let call: String
    package let path: String
    package let errno: Int32

    package init(_ call: String, _ path: String, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// The name is not there (`ENOENT`).
    package var isNotFound: Bool { errno == ENOENT }
    /// The name is taken (`EEXIST`).
    package var isAlreadyThere: Bool { errno == EEXIST }

    /// There is no room, or none for this user (`ENOSPC`, `EDQUOT`): it may come back without anything being wrong.
    package var isFull: Bool { errno == ENOSPC || errno == EDQUOT }

    /// A disk that took fewer bytes than it was given is full, whatever it said (write(2)).
    package static func noSpace(_ path: String) -> IOError { IOError("write", path, errno: ENOSPC) }

    /// What was written does not read back as it was.
    package static func corrupted(_ path: String) -> IOError { IOError("read back", path, errno: EIO) }

    package static func alreadyThere(_ path: String) -> IOError { IOError("create", path, errno: EEXIST) }

    package var description: String {
        unsafe "\(call) \(path): \(String(cString: strerror(errno)))"
    }
}
