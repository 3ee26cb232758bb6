import DurableIO

/// A segment's bytes on their way into its chain, read once and in large pieces however small its commits are.
struct ChainedFile {
    private let file: any DiskFile
    /// The piece that was read last, and where it lies in the file.
    private var piece: [UInt8] = []
    private var pieceOffset: UInt64 = 0

    private static let pieceBytes = 1 << 20

    init(_ file: any DiskFile) {
        self.file = file
    }

    /// Adds what the file holds between two offsets, as far as it does.
    mutating func add(from start: UInt64, to end: UInt64, to link: inout ChainLink) throws(IOError) {
        var offset = start
        while offset < end {
            if offset < pieceOffset || offset >= pieceOffset + UInt64(piece.count) {
                piece.removeAll(keepingCapacity: true)
                pieceOffset = offset
                guard try file.read(into: &piece, at: offset, count: Self.pieceBytes) > 0 else { return }
            }
            let low = Int(offset - pieceOffset)
            let high = Int(min(end - pieceOffset, UInt64(piece.count)))
            link.add(unsafe piece.span.bytes.extracting(low..<high))
            offset = pieceOffset + UInt64(high)
        }
    }
}

extension ChainLink {
    /// Adds what a segment holds between two offsets.
    mutating func add(_ file: any DiskFile, from start: UInt64, to end: UInt64) throws(IOError) {
        var bytes = ChainedFile(file)
        try bytes.add(from: start, to: end, to: &self)
    }
}
