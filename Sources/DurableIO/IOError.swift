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

    package var description: String {
        unsafe "\(call) \(path): \(String(cString: strerror(errno)))"
    }
}
