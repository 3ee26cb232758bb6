import Foundation

/// A disk with a write cache, and a switch that cuts its power.
///
/// It is one file, which this process serves through /dev/fuse (fuse(4); the protocol of linux/fuse.h, version 7.31) and
/// under which the test puts a loop device. Every write of the file system above comes here as a write, every flush of the
/// disk as an fsync. So it is known at each moment what is safe and what only lies in the cache, and what a power cut
/// leaves can be drawn from all that is legal: everything flushed, and of each write since then all, nothing or some of its
/// sectors.
///
/// Copying the image of a mounted file system does not show that. A copy takes time, and the blocks it begins with are
/// older than those it ends with: it may hold a journal that has let go of what the copy of the file system does not hold
/// yet, which no power cut leaves behind. And nothing that had reached the image would ever be missing, flushed or not.
final class VolatileDisk: @unchecked Sendable {
    struct PowerCut {
        /// What the cache held.
        let unflushedSectors: Int
        let lostSectors: Int
    }

    private struct CachedWrite {
        let offset: Int
        let bytes: [UInt8]
    }

    /// The file that the loop device is put on.
    let path: String
    private let device: Int32
    private let size: Int
    // Guards all below.
    private let lock = NSLock()
    /// What the machine reads.
    private let current: UnsafeMutableRawBufferPointer
    /// What would be there after a power cut that took the whole cache.
    private let flushed: UnsafeMutableRawBufferPointer
    private var cache: [CachedWrite] = []
    private var writesUntilCut = 0
    /// Called once, with the cache, when ``writesUntilCut`` have come.
    private var cut: (([CachedWrite]) -> Void)?

    private static let sectorBytes = 512
    private static let writeBytesLimit = 128 << 10

    /// - Parameters:
    ///   - image: what the disk holds at first.
    ///   - path: where the file appears.
    init(image: String, at path: String) throws {
        self.path = path
        let contents = try Data(contentsOf: URL(fileURLWithPath: image))
        size = contents.count
        current = .allocate(byteCount: size, alignment: 4096)
        flushed = .allocate(byteCount: size, alignment: 4096)
        contents.copyBytes(to: current)
        contents.copyBytes(to: flushed)
        try Data().write(to: URL(fileURLWithPath: path))
        device = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        guard device >= 0 else { throw HarnessError.io("open /dev/fuse", errno: errno) }
        // The root of the file system is the file itself: S_IFREG | 0600.
        let options = "fd=\(device),rootmode=100600,user_id=0,group_id=0"
        guard mount("fx-disk", path, "fuse", 6, options) == 0 else {
            let error = errno
            close(device)
            throw HarnessError.io("mount \(path)", errno: error)
        }
        // Ends when the file is unmounted; holds the disk until then.
        Thread { self.serve() }.start()
    }

    deinit {
        current.deallocate()
        flushed.deallocate()
    }

    /// Takes the disk away; what is still mounted on it gets errors.
    func remove() {
        _ = umount2(path, 2)
    }

    /// Cuts the power behind the write that comes after so many others, and writes an image of what may be left.
    ///
    /// - Parameter witness: called at that moment; the disk stands still meanwhile.
    func cutPower<Testimony>(
        afterWrites count: Int, to image: String, using random: inout SeededGenerator, witness: () -> Testimony
    ) throws -> (PowerCut, Testimony) {
        try withoutActuallyEscaping(witness) { witness in
            // Written by the thread that serves, read when it has.
            nonisolated(unsafe) var moment: (cache: [CachedWrite], testimony: Testimony)?
            let left = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
            defer { left.deallocate() }
            lock.withLock {
                writesUntilCut = count
                cut = { [flushed] cache in
                    moment = (cache, witness())
                    left.copyMemory(from: UnsafeRawBufferPointer(flushed))
                }
            }
            defer { lock.withLock { cut = nil } }
            let (cached, testimony) = try eventually("the disk is written to", seconds: 30) { lock.withLock { moment } }
            let power = apply(cached, to: left, using: &random)
            let bytes = Data(bytesNoCopy: left.baseAddress!, count: size, deallocator: .none)
            try bytes.write(to: URL(fileURLWithPath: image))
            return (power, testimony)
        }
    }

    private func apply(
        _ cached: [CachedWrite], to left: UnsafeMutableRawBufferPointer, using random: inout SeededGenerator
    ) -> PowerCut {
        var (sectors, lost) = (0, 0)
        for write in cached {
            // Of each write: none of it, all, or each sector by the toss of a coin.
            let luck = random.next() % 3
            for start in stride(from: 0, to: write.bytes.count, by: Self.sectorBytes) {
                let end = min(start + Self.sectorBytes, write.bytes.count)
                sectors += 1
                if luck == 0 || luck == 1 && random.next() % 2 == 0 {
                    lost += 1
                } else {
                    let target = UnsafeMutableRawBufferPointer(
                        rebasing: left[write.offset + start..<write.offset + end])
                    target.copyBytes(from: write.bytes[start..<end])
                }
            }
        }
        return PowerCut(unflushedSectors: sectors, lostSectors: lost)
    }

    // MARK: - The kernel's requests

    /// `len(4) opcode(4) unique(8) nodeid(8) uid(4) gid(4) pid(4) padding(4)`, then what belongs to the opcode.
    private static let headerBytes = 40

    private func serve() {
        defer { close(device) }
        let request = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.writeBytesLimit + 8192, alignment: 8)
        defer { request.deallocate() }
        while true {
            let count = read(device, request.baseAddress, request.count)
            if count < 0, errno == EINTR || errno == ENOENT || errno == EAGAIN { continue }
            guard count >= Self.headerBytes else { return }
            let opcode = request.load(fromByteOffset: 4, as: UInt32.self)
            let unique = request.load(fromByteOffset: 8, as: UInt64.self)
            answer(opcode, unique, UnsafeRawBufferPointer(rebasing: request[Self.headerBytes..<count]))
        }
    }

    private func answer(_ opcode: UInt32, _ unique: UInt64, _ content: UnsafeRawBufferPointer) {
        switch opcode {
        case 2, 36, 42: break  // FORGET, INTERRUPT, BATCH_FORGET want no answer.
        case 3, 4: reply(unique, attributes)  // GETATTR, SETATTR
        case 14: reply(unique, [UInt8](repeating: 0, count: 16))  // OPEN: any handle, no flags.
        case 15: reply(unique, bytes(askedFor: content))  // READ
        case 16: reply(unique, take(write: content))  // WRITE
        case 18, 25: reply(unique, [])  // RELEASE, FLUSH: of the file, not of the disk.
        case 20:  // FSYNC
            flush()
            reply(unique, [])
        case 26: reply(unique, greeting)  // INIT
        default: reply(unique, [], error: ENOSYS)
        }
    }

    /// `len(4) error(4) unique(8)`, then the content.
    private func reply(_ unique: UInt64, _ content: [UInt8], error: Int32 = 0) {
        var message = Fields()
        message.add(UInt32(16 + content.count))
        message.add(UInt32(bitPattern: -error))
        message.add(unique)
        let bytes = message.bytes + content
        _ = write(device, bytes, bytes.count)
    }

    /// `fuse_init_out`: version, read-ahead, flags (BIG_WRITES), queue lengths, largest write, granularity of times.
    private var greeting: [UInt8] {
        var fields = Fields()
        for value in [7, 31, 131_072, 1 << 5] as [UInt32] { fields.add(value) }
        for value in [16, 12] as [UInt16] { fields.add(value) }
        for value in [UInt32(Self.writeBytesLimit), 1] { fields.add(value) }
        return fields.bytes + [UInt8](repeating: 0, count: 64 - fields.bytes.count)
    }

    /// `fuse_attr_out`: how long it is valid (12 bytes and 4 unused), then inode, size, blocks, three times, mode, links…
    private var attributes: [UInt8] {
        var fields = Fields()
        for value in [1, 0, 1, UInt64(size), UInt64(size / 512), 0, 0, 0] as [UInt64] { fields.add(value) }
        for value in [0, 0, 0, 0o100600, 1, 0, 0, 0, 4096, 0] as [UInt32] { fields.add(value) }
        return fields.bytes
    }

    /// `fuse_read_in`: handle(8) offset(8) size(4).
    private func bytes(askedFor content: UnsafeRawBufferPointer) -> [UInt8] {
        let start = min(Int(content.load(fromByteOffset: 8, as: UInt64.self)), size)
        let end = min(start + Int(content.load(fromByteOffset: 16, as: UInt32.self)), size)
        return lock.withLock { Array(current[start..<end]) }
    }

    /// `fuse_write_in`: handle(8) offset(8) size(4) and 20 bytes of no concern, then the bytes.
    private func take(write content: UnsafeRawBufferPointer) -> [UInt8] {
        let offset = Int(content.load(fromByteOffset: 8, as: UInt64.self))
        let bytes = Array(content[40...].prefix(max(0, size - offset)))
        lock.withLock {
            UnsafeMutableRawBufferPointer(rebasing: current[offset..<offset + bytes.count]).copyBytes(from: bytes)
            cache.append(CachedWrite(offset: offset, bytes: bytes))
            writesUntilCut -= 1
            if writesUntilCut < 0, let cut {
                self.cut = nil
                cut(cache)
            }
        }
        var fields = Fields()
        fields.add(UInt32(bytes.count))
        fields.add(UInt32(0))
        return fields.bytes
    }

    private func flush() {
        lock.withLock {
            for write in cache {
                let target = flushed[write.offset..<write.offset + write.bytes.count]
                UnsafeMutableRawBufferPointer(rebasing: target).copyBytes(from: write.bytes)
            }
            cache.removeAll(keepingCapacity: true)
        }
    }
}

/// Integers one behind the other, in the machine's own order.
private struct Fields {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
}

/// mount(2) and umount2(2), which Foundation does not show. `6` is MS_NOSUID | MS_NODEV, `2` MNT_DETACH.
@_silgen_name("mount")
private func mount(
    _ source: UnsafePointer<CChar>, _ target: UnsafePointer<CChar>, _ type: UnsafePointer<CChar>, _ flags: UInt,
    _ data: UnsafePointer<CChar>
) -> Int32
@_silgen_name("umount2")
private func umount2(_ target: UnsafePointer<CChar>, _ flags: Int32) -> Int32
