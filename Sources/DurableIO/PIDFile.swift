import Glibc

/// The file that tells scripts which process this is. Gone when the process ends as asked.
package struct PIDFile {
    private let path: String

    /// Writes this process's id, over whatever a process that was killed has left.
    package init(path: String) throws(IOError) {
        self.path = path
        let temporary = path + ".new"
        unlink()
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw IOError("open", temporary, errno: errno) }
        defer { close(descriptor) }
        let text = Array("\(getpid())\n".utf8)
        guard unsafe write(descriptor, text, text.count) == text.count else {
            throw IOError("write", temporary, errno: errno)
        }
        // Renamed, so that nobody reads half a number.
        guard unsafe rename(temporary, path) == 0 else { throw IOError("rename", path, errno: errno) }
    }

    package func unlink() {
        unsafe Glibc.unlink(path)
    }
}
