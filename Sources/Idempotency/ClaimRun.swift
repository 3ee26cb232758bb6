import DurableIO

/// A file of keys: the claims of one stretch of the event log, sorted by key.
///
/// All numbers are little-endian, 8 bytes each:
/// ```
///   0  "FXCLAIM1"
///   8  the first sequence of the stretch, then the first one behind it
///  24  how many entries
///  32  when the latest event of the stretch was received, seconds since 1970
///  40  CRC-32C of bytes 0 to 39 and of all entries
///  48  the entries, 48 bytes each: key (high, low), body (high, low), sequence, seconds
/// ```
/// A key is a hash, so that its value tells where it lies, within some hundred entries: one read finds it.
struct ClaimRun: Sendable, Equatable {
    /// How many keys a run is made for; where files could not be written for a while it may have twice as many.
    static let keysLimit = 49_152
    static let entryBytes = 48
    private static let headerBytes = 48
    private static let magic = UInt64(littleEndian: 0x314D_4941_4C43_5846)
    /// 16 KiB: a key's place is uncertain by some 110 entries of 49,152 (the deviation of a binomial distribution).
    private static let entriesPerRead = 340

    let path: String
    let sequences: Range<UInt64>
    let count: Int
    let newestSeconds: Int64

    // MARK: Writing

    /// Writes a run under a name that may be taken, and makes it durable.
    ///
    /// - Throws: ``ClaimError/disk(_:)``; under the name lies what lay there before, or the run.
    static func write(
        _ entries: [ClaimEntry], of sequences: Range<UInt64>, to path: String, disk: any Disk
    ) throws(ClaimError) -> ClaimRun {
        let run = ClaimRun(
            path: path, sequences: sequences, count: entries.count,
            newestSeconds: entries.lazy.map(\.recordedSeconds).max() ?? 0)
        let bytes = run.bytes(of: entries.sorted { $0.stamp.key < $1.stamp.key })
        let draft = path + ".new"
        do throws(IOError) {
            // What a crash has left: one thread of one process writes here.
            do { try disk.remove(draft) } catch let error where error.isNotFound {}
            let file = try disk.createFile(draft)
            guard unsafe try file.append(bytes.span.bytes) == bytes.count else { throw .noSpace(draft) }
            try file.synchronize()
            try disk.rename(draft, to: path)
            try disk.synchronizeDirectory(LinuxDisk.parent(of: path))
        } catch {
            throw .disk(error)
        }
        return run
    }

    private func bytes(of sorted: [ClaimEntry]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerBytes + sorted.count * Self.entryBytes)
        let header = [
            Self.magic, sequences.lowerBound, sequences.upperBound, UInt64(count), UInt64(bitPattern: newestSeconds), 0,
        ]
        for word in header { Self.append(word, to: &bytes) }
        for entry in sorted {
            let (key, body) = (entry.stamp.key, entry.stamp.body)
            for word in [
                key.high, key.low, body.high, body.low, entry.sequence, UInt64(bitPattern: entry.recordedSeconds),
            ] { Self.append(word, to: &bytes) }
        }
        let checksum = UInt64(Self.checksum(of: bytes))
        for index in 0..<8 { bytes[40 + index] = UInt8(truncatingIfNeeded: checksum >> UInt64(index * 8)) }
        return bytes
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    private static func checksum(of bytes: [UInt8]) -> UInt32 {
        let header = unsafe CRC32C.checksum(bytes.span.bytes.extracting(0..<40))
        return unsafe CRC32C.checksum(bytes.span.bytes.extracting(headerBytes..<bytes.count), continuing: header)
    }

    // MARK: Reading

    /// Reads a whole run and holds it against its checksum.
    static func read(_ path: String, disk: any Disk) throws(ClaimError) -> (run: ClaimRun, entries: [ClaimEntry]) {
        var bytes: [UInt8] = []
        do throws(IOError) {
            let file = try disk.openFileForReading(path)
            // One more entry than there may be: a longer file is found out without being read.
            let bytesLimit = headerBytes + (2 * keysLimit + 1) * entryBytes
            while bytes.count < bytesLimit,
                try file.read(into: &bytes, at: UInt64(bytes.count), count: bytesLimit - bytes.count) > 0
            {}
        } catch {
            throw .disk(error)
        }
        guard bytes.count >= headerBytes else { throw .damaged(path: path, .tooShort) }
        guard word(bytes, at: 0) == magic else { throw .damaged(path: path, .foreignFormat) }
        let (first, next) = (word(bytes, at: 8), word(bytes, at: 16))
        guard word(bytes, at: 24) == UInt64((bytes.count - headerBytes) / entryBytes),
            (bytes.count - headerBytes).isMultiple(of: entryBytes)
        else { throw .damaged(path: path, .wrongLength) }
        guard word(bytes, at: 40) == UInt64(checksum(of: bytes)), first <= next else {
            throw .damaged(path: path, .wrongChecksum)
        }
        let entries = entries(in: bytes, from: headerBytes)
        let newest = Int64(bitPattern: word(bytes, at: 32))
        return (ClaimRun(path: path, sequences: first..<next, count: entries.count, newestSeconds: newest), entries)
    }

    /// The entry of a key, by reads of 16 KiB.
    func find(_ key: ClaimKey, disk: any Disk) throws(ClaimError) -> ClaimEntry? {
        let file: any DiskFile
        do throws(IOError) { file = try disk.openFileForReading(path) } catch { throw .disk(error) }
        var (low, high) = (0, count)
        var start = Int(key.high.multipliedFullWidth(by: UInt64(count)).high) - Self.entriesPerRead / 2
        while low < high {
            start = max(low, min(start, high - Self.entriesPerRead))
            let end = min(start + Self.entriesPerRead, high)
            let entries = try readEntries(start..<end, from: file)
            if key < entries[0].stamp.key {
                high = start
                start -= Self.entriesPerRead
            } else if key > entries[entries.count - 1].stamp.key {
                low = end
                start = end
            } else {
                return entries.first { $0.stamp.key == key }
            }
        }
        return nil
    }

    private func readEntries(_ range: Range<Int>, from file: any DiskFile) throws(ClaimError) -> [ClaimEntry] {
        let offset = UInt64(Self.headerBytes + range.lowerBound * Self.entryBytes)
        let bytesCount = range.count * Self.entryBytes
        var bytes: [UInt8] = []
        do throws(IOError) { _ = try file.read(into: &bytes, at: offset, count: bytesCount) } catch {
            throw .disk(error)
        }
        guard bytes.count == bytesCount else { throw .damaged(path: path, .wrongLength) }
        return Self.entries(in: bytes, from: 0)
    }

    private static func entries(in bytes: [UInt8], from start: Int) -> [ClaimEntry] {
        var entries: [ClaimEntry] = []
        entries.reserveCapacity((bytes.count - start) / entryBytes)
        for offset in stride(from: start, to: bytes.count, by: entryBytes) {
            entries.append(
                ClaimEntry(
                    stamp: ClaimStamp(
                        key: ClaimKey(high: word(bytes, at: offset), low: word(bytes, at: offset + 8)),
                        body: ClaimKey(high: word(bytes, at: offset + 16), low: word(bytes, at: offset + 24))),
                    sequence: word(bytes, at: offset + 32),
                    recordedSeconds: Int64(bitPattern: word(bytes, at: offset + 40))))
        }
        return entries
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
