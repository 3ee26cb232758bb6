import Glibc

/// The file that tells scripts which process this is. Gone when the process ends as asked.
struct PIDFile {
    private let path: String

    init(path: String) throws {
        self.path = path
        let temporary = path + ".new"
        unlink()
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure("open", temporary) }
        defer { close(descriptor) }
        let text = Array("\(getpid())\n".utf8)
        guard unsafe write(descriptor, text, text.count) == text.count else { throw Self.failure("write", temporary) }
        // Renamed, so that nobody reads half a number.
        guard unsafe rename(temporary, path) == 0 else { throw Self.failure("rename", path) }
    }

    func unlink() {
        unsafe Glibc.unlink(path)
    }

    private static func failure(_ call: String, _ path: String) -> StartFailure {
        unsafe StartFailure("process.pid_file: \(call) \(path): \(String(cString: strerror(errno)))")
    }
}
