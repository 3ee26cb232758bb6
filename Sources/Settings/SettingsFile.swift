import Glibc

/// Fence around the system calls that settings need.
package enum SettingsFile {
    /// The bytes of a regular file, at most `bytesLimit`. `open(2)`, `read(2)`
    package static func read(_ path: String, bytesLimit: Int) throws(SettingsError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, errno: errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= bytesLimit else { throw .tooLarge(path: path, bytesLimit: bytesLimit) }
        }
    }

    /// The directory that holds the file, absolute. `getcwd(3)`
    package static func directory(of path: String) throws(SettingsError) -> String {
        let parent = path.lastIndex(of: "/").map { path[..<$0] }
        if path.hasPrefix("/") { return parent.map { $0.isEmpty ? "/" : String($0) } ?? "/" }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard let current = unsafe getcwd(&buffer, buffer.count) else {
            throw .unreadable(path: path, errno: errno)
        }
        let start = unsafe String(cString: current)
        return parent.map { start + "/" + $0 } ?? start
    }
}

/// The variables this process was started with.
package enum ProcessEnvironment {
    /// Call it before any thread could change the environment; `environ(7)`.
    package static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        guard var next = unsafe Optional(environ) else { return [:] }
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe next += 1
        }
        return variables
    }
}
