import CLinux
import DurableIO
import Glibc

/// A file descriptor with an owner: closed once, at the latest when the owner goes.
final class Descriptor: @unchecked Sendable {
    // `number` is closed by whoever sets it to -1 first; the owners of one hand it on, they do not share it.
    private(set) var number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close() }

    func close() {
        guard number >= 0 else { return }
        Glibc.close(number)
        number = -1
    }

    /// A pipe that blocks neither end's program: reading gives EAGAIN where it would wait. `pipe2(2)`
    static func pipe() throws(IOError) -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard unsafe fx_pipe(&ends) == 0 else { throw IOError("pipe2", "", errno: errno) }
        let (read, write) = (Descriptor(ends[0]), Descriptor(ends[1]))
        // Of the reading end's open file only: the service finds its own end as every program expects it.
        guard fcntl(read.number, F_SETFL, O_NONBLOCK) == 0 else { throw IOError("fcntl", "", errno: errno) }
        return (read, write)
    }

    /// A file in memory with these bytes, to be read from its beginning. `memfd_create(2)`
    static func memoryFile(_ bytes: [UInt8]) throws(IOError) -> Descriptor {
        let file = Descriptor(unsafe fx_memory_file("fx-payload"))
        guard file.number >= 0 else { throw IOError("memfd_create", "", errno: errno) }
        try file.write(bytes, path: "memfd")
        guard lseek(file.number, 0, SEEK_SET) == 0 else { throw IOError("lseek", "memfd", errno: errno) }
        return file
    }

    func write(_ bytes: [UInt8], path: String) throws(IOError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(number, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw IOError("write", path, errno: count == 0 ? ENOSPC : errno) }
            done += count
        }
    }
}
