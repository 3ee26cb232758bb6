import Crypto

/// One line of a segment's commit file: how far the segment is committed, and the hash chain up to there.
///
/// ```
/// 00000000000000012345 00000000000000000043 9f86d081884c7d65…\n
/// └─ end offset, 20 ─┘ └─ next sequence ──┘ └─ 64 hex ───┘      107 bytes
/// ```
/// The first line of a file has the offset 0, the segment's first sequence and the hash that the segment before ends
/// with (64 zeros for the first of all). Each further line's hash is SHA-256 over the 32 bytes of the hash before it and
/// the segment's bytes between the two offsets.
package struct CommitEntry: Sendable, Equatable {
    package let endOffset: UInt64
    package let nextSequence: UInt64
    package let hash: ChainHash

    package static let bytesCount = 107

    /// - Parameter line: 107 bytes.
    /// - Returns: nil if they are no such line.
    package init?(line: ArraySlice<UInt8>) {
        let start = line.startIndex
        let space = UInt8(ascii: " ")
        guard line.count == Self.bytesCount, line[start + 20] == space, line[start + 41] == space,
            line[start + 106] == UInt8(ascii: "\n"),
            let endOffset = Self.number(line[start..<start + 20]),
            let nextSequence = Self.number(line[start + 21..<start + 41]),
            let hash = ChainHash(hexadecimal: line[start + 42..<start + 106])
        else { return nil }
        self.init(endOffset: endOffset, nextSequence: nextSequence, hash: hash)
    }

    package init(endOffset: UInt64, nextSequence: UInt64, hash: ChainHash) {
        self.endOffset = endOffset
        self.nextSequence = nextSequence
        self.hash = hash
    }

    var line: [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(Self.bytesCount)
        Self.append(endOffset, to: &line)
        line.append(UInt8(ascii: " "))
        Self.append(nextSequence, to: &line)
        line.append(UInt8(ascii: " "))
        hash.appendHexadecimal(to: &line)
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// Appends 20 digits.
    private static func append(_ value: UInt64, to line: inout [UInt8]) {
        let start = line.count
        line.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: RecordFormat.sequenceDigits))
        RecordFormat.write(value, digits: RecordFormat.sequenceDigits, into: &line, at: start)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }
}

/// A link of the hash chain: what was committed up to here, in 32 bytes.
package struct ChainHash: Sendable, Equatable {
    package let bytes: [UInt8]

    /// What the first segment of a log begins with.
    package static let start = ChainHash(bytes: [UInt8](repeating: 0, count: 32))

    fileprivate init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    init?(hexadecimal: ArraySlice<UInt8>) {
        guard hexadecimal.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var index = hexadecimal.startIndex
        while index < hexadecimal.endIndex {
            guard let high = RecordFormat.hexValue(hexadecimal[index]),
                let low = RecordFormat.hexValue(hexadecimal[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
            index += 2
        }
        self.bytes = bytes
    }

    package var hexadecimal: String {
        var text: [UInt8] = []
        appendHexadecimal(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    fileprivate func appendHexadecimal(to text: inout [UInt8]) {
        for byte in bytes {
            text.append(RecordFormat.hexDigits[Int(byte >> 4)])
            text.append(RecordFormat.hexDigits[Int(byte & 0xF)])
        }
    }
}

/// The link that is being made: what came since the last entry.
struct ChainLink {
    private var hasher = SHA256()

    init(after hash: ChainHash) {
        hasher.update(data: hash.bytes)
    }

    mutating func add(_ bytes: [UInt8]) {
        hasher.update(data: bytes)
    }

    mutating func add(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    }

    var hash: ChainHash { ChainHash(bytes: Array(hasher.finalize())) }
}
