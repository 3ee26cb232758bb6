import Compression
import DurableIO
import Glibc
import Threading

/// A sealed segment in compressed form, read as if it were not: the same bytes at the same offsets.
///
/// `<segment>.ndjson.zst` is in zstd's seekable format: Zstandard frames of 256 KiB of content each (the last one may be
/// shorter), and behind them a table in a frame that decompressors skip, so `zstd -d` gives the segment.
/// ```
/// frames │ 5E 2A 4D 18 │ table bytes, u32 │ per frame: compressed bytes u32, content bytes u32 │ frames u32 │ 00 │ B1 EA 92 8F
/// ```
/// All numbers are little-endian. A frame that is damaged reads as zeros, and a table that is damaged as an empty segment:
/// so what is lost is told as damage, or as missing, by whoever reads the lines.
final class CompressedSegment: DiskFile {
    static let suffix = ".zst"
    static let frameContentBytes = 256 << 10

    private struct Frame {
        let fileOffset: UInt64
        let fileBytes: Int
        let contentOffset: UInt64
        let contentBytes: Int
    }

    private let file: any DiskFile
    private let frames: [Frame]
    /// The last frame that was read: readers go forward in smaller steps.
    private let last = Monitor<(index: Int, content: [UInt8])?>(nil)

    init(_ file: any DiskFile) throws(IOError) {
        self.file = file
        frames = try Self.frames(of: file) ?? []
    }

    var path: String { file.path }
    func size() throws(IOError) -> UInt64 { frames.last.map { $0.contentOffset + UInt64($0.contentBytes) } ?? 0 }
    func modificationSeconds() throws(IOError) -> Int64 { try file.modificationSeconds() }

    func read(into buffer: inout [UInt8], at offset: UInt64, count: Int) throws(IOError) -> Int {
        var done = 0
        while done < count {
            let position = offset + UInt64(done)
            let index = Int(position / UInt64(Self.frameContentBytes))
            guard index < frames.count else { break }
            let content = try content(of: index)
            let start = Int(position - frames[index].contentOffset)
            let end = min(content.count, start + count - done)
            guard start < end else { break }
            buffer += content[start..<end]
            done += end - start
        }
        return done
    }

    private func content(of index: Int) throws(IOError) -> [UInt8] {
        if let last = last.withLock({ $0 }), last.index == index { return last.content }
        let frame = frames[index]
        var bytes: [UInt8] = []
        while bytes.count < frame.fileBytes {
            let at = frame.fileOffset + UInt64(bytes.count)
            guard try file.read(into: &bytes, at: at, count: frame.fileBytes - bytes.count) > 0 else { break }
        }
        let content =
            ZstandardFrame.decompress(bytes, contentBytes: frame.contentBytes)
            ?? [UInt8](repeating: 0, count: frame.contentBytes)
        last.withLock { $0 = (index, content) }
        return content
    }

    // It is sealed: nobody writes it.
    func append(_ bytes: RawSpan) throws(IOError) -> Int { throw IOError("write", path, errno: EBADF) }
    func synchronize() throws(IOError) { throw IOError("fdatasync", path, errno: EBADF) }
    func truncate(to size: UInt64) throws(IOError) { throw IOError("ftruncate", path, errno: EBADF) }
    func setModificationSeconds(_ seconds: Int64) throws(IOError) { throw IOError("futimens", path, errno: EBADF) }
}

extension CompressedSegment {
    private static let tableMagic: UInt32 = 0x184D_2A5E
    private static let footMagic: UInt32 = 0x8F92_EAB1
    private static let headBytes = 8
    private static let rowBytes = 8
    private static let footBytes = 9

    /// Writes a segment's content in this form, and gives how many bytes that took; the file is not synchronized yet.
    static func write(_ segment: any DiskFile, to file: any DiskFile) throws(IOError) -> UInt64 {
        var table: [UInt8] = []
        var offset: UInt64 = 0
        var written: UInt64 = 0
        var framesCount: UInt32 = 0
        while true {
            let content = try filledChunk(of: segment, at: offset)
            guard !content.isEmpty else { break }
            guard let frame = ZstandardFrame.compress(content) else { throw IOError("zstd", file.path, errno: ENOMEM) }
            try append(frame, to: file)
            table += littleEndian(UInt32(frame.count)) + littleEndian(UInt32(content.count))
            offset += UInt64(content.count)
            written += UInt64(frame.count)
            framesCount += 1
        }
        let head = littleEndian(tableMagic) + littleEndian(UInt32(table.count + footBytes))
        let end = head + table + littleEndian(framesCount) + [0] + littleEndian(footMagic)
        try append(end, to: file)
        return written + UInt64(end.count)
    }

    /// Whether both files hold the same bytes.
    func holdsSame(as segment: any DiskFile) throws(IOError) -> Bool {
        guard try size() == segment.size() else { return false }
        for frame in frames {
            var bytes: [UInt8] = []
            _ = try read(into: &bytes, at: frame.contentOffset, count: frame.contentBytes)
            guard try bytes == Self.filledChunk(of: segment, at: frame.contentOffset) else { return false }
        }
        return true
    }

    private static func filledChunk(of file: any DiskFile, at offset: UInt64) throws(IOError) -> [UInt8] {
        var chunk: [UInt8] = []
        while chunk.count < frameContentBytes {
            let at = offset + UInt64(chunk.count)
            guard try file.read(into: &chunk, at: at, count: frameContentBytes - chunk.count) > 0 else { break }
        }
        return chunk
    }

    private static func append(_ bytes: [UInt8], to file: any DiskFile) throws(IOError) {
        guard unsafe try file.append(bytes.span.bytes) == bytes.count else { throw .noSpace(file.path) }
    }

    /// Nil if the table is no table of this file.
    private static func frames(of file: any DiskFile) throws(IOError) -> [Frame]? {
        let size = try file.size()
        var foot: [UInt8] = []
        guard size >= UInt64(footBytes + headBytes),
            try file.read(into: &foot, at: size - UInt64(footBytes), count: footBytes) == footBytes,
            number(foot, at: 5) == footMagic, foot[4] == 0
        else { return nil }
        let framesCount = Int(number(foot, at: 0))
        let tableBytes = headBytes + framesCount * rowBytes + footBytes
        guard UInt64(tableBytes) <= size else { return nil }
        var table: [UInt8] = []
        guard try file.read(into: &table, at: size - UInt64(tableBytes), count: tableBytes) == tableBytes,
            number(table, at: 0) == tableMagic, number(table, at: 4) == UInt32(tableBytes - headBytes)
        else { return nil }
        var frames: [Frame] = []
        var end: (file: UInt64, content: UInt64) = (0, 0)
        for index in 0..<framesCount {
            let row = headBytes + index * rowBytes
            let frame = Frame(
                fileOffset: end.file, fileBytes: Int(number(table, at: row)), contentOffset: end.content,
                contentBytes: Int(number(table, at: row + 4)))
            let isLast = index == framesCount - 1
            guard
                isLast ? (1...frameContentBytes).contains(frame.contentBytes) : frame.contentBytes == frameContentBytes
            else { return nil }
            frames.append(frame)
            end = (end.file + UInt64(frame.fileBytes), end.content + UInt64(frame.contentBytes))
        }
        return end.file + UInt64(tableBytes) == size ? frames : nil
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
}
