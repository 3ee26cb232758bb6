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
        guard line.count == Self.bytesCount, line.last == UInt8(ascii: "\n") else { return nil }
        let parts = line.dropLast().split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 20, parts[1].count == 20,
            let endOffset = Self.number(parts[0]), let nextSequence = Self.number(parts[1]),
            let hash = ChainHash(hexadecimal: parts[2])
        else { return nil }
        self.init(endOffset: endOffset, nextSequence: nextSequence, hash: hash)
    }

    package init(endOffset: UInt64, nextSequence: UInt64, hash: ChainHash) {
        self.endOffset = endOffset
        self.nextSequence = nextSequence
        self.hash = hash
    }

    var line: [UInt8] {
        Array("\(Self.digits(endOffset)) \(Self.digits(nextSequence)) \(hash.hexadecimal)\n".utf8)
    }

    private static func digits(_ value: UInt64) -> String {
        let text = String(value)
        return String(repeating: "0", count: 20 - text.utf8.count) + text
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self))
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
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
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

    var hash: ChainHash { ChainHash(bytes: Array(hasher.finalize())) }
}
