import Glibc

/// Fence around the process's own streams.
enum StandardStreams {
    enum Output: Int32 {
        case output = 1
        case error = 2
    }

    /// False if not all could be written. `write(2)`
    @discardableResult
    static func write(_ text: String, to stream: Output) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Standard input to its end; nil if it cannot be read or has more than `bytesLimit`. `read(2)`
    static func readInput(bytesLimit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= bytesLimit {
            let count = unsafe read(0, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        return nil
    }
}
