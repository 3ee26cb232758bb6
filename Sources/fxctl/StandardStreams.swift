import Glibc

/// Fence around the process's own streams.
enum StandardStreams {
    enum Output: Int32 {
        case output = 1
        case error = 2
    }

    /// False if not all could be written. `write(2)`
    @discardableResult
    static func write(_ text: String, to stream: Output) -> Bool { write(Array(text.utf8), to: stream) }

    /// The same for bytes of any kind.
    static func write(_ bytes: [UInt8], to stream: Output) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Standard input to its end; nil if it cannot be read or has more than `bytesLimit`.
    static func readInput(bytesLimit: Int) -> [UInt8]? {
        read(0, bytesLimit: bytesLimit)
    }

    /// A file, or standard input for `-`, to its end.
    static func readFile(_ path: String, bytesLimit: Int) throws(CommandError) -> [UInt8] {
        if path == "-" {
            guard let bytes = read(0, bytesLimit: bytesLimit) else {
                throw .fileTooLarge(path: "standard input", bytesLimit: bytesLimit)
            }
            return bytes
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .fileUnreadable(path: path, errno: errno) }
        defer { close(descriptor) }
        errno = 0
        guard let bytes = read(descriptor, bytesLimit: bytesLimit) else {
            throw errno == 0
                ? .fileTooLarge(path: path, bytesLimit: bytesLimit) : .fileUnreadable(path: path, errno: errno)
        }
        return bytes
    }

    /// `read(2)`
    private static func read(_ descriptor: Int32, bytesLimit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= bytesLimit {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        return nil
    }
}
