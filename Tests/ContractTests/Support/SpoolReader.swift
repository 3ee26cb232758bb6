import Foundation

/// Reads the spool's events from its files, with code of its own.
struct SpoolReader {
    let directory: String

    /// Every event, oldest first.
    func events() throws -> [SpooledEvent] {
        let folder = directory + "/events"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".ndjson") }
        return names.sorted().flatMap { name in
            let bytes = FileManager.default.contents(atPath: folder + "/" + name).map { Array($0) } ?? []
            return bytes.split(separator: UInt8(ascii: "\n")).map { SpooledEvent(line: Array($0)) }
        }
    }

    func events(cid: String) throws -> [SpooledEvent] {
        try events().filter { $0["correlationid"] == cid }
    }
}

/// One line of the spool.
struct SpooledEvent {
    let line: [UInt8]

    /// An attribute that is text.
    subscript(_ name: String) -> String? { attributes[name] as? String }

    /// What stands before `data`. The rest is nobody's business but the sender's: `1E400` is JSON, and more than
    /// Foundation reads.
    var attributes: [String: Any] {
        guard let dataRange else { return [:] }
        let object = line[..<(dataRange.lowerBound - Self.dataName.count)] + [UInt8(ascii: "}")]
        return (try? JSONSerialization.jsonObject(with: Data(object))) as? [String: Any] ?? [:]
    }

    /// The bytes of `data`.
    var data: [UInt8]? { dataRange.map { Array(line[$0]) } }

    /// `,"data":` cannot stand in a string before it: there its quotes would be escaped.
    private var dataRange: Range<Int>? {
        guard let name = line.firstRange(of: Self.dataName), let checksum = checksumRange else { return nil }
        return name.upperBound..<checksum.lowerBound
    }

    private static let dataName = Array(",\"data\":".utf8)

    /// Whether the line ends in the CRC-32C of what stands before `,"crc32c"`.
    var hasRightChecksum: Bool {
        guard let checksum = checksumRange else { return false }
        let expected = "00000000" + String(crc32c(line[..<checksum.lowerBound]), radix: 16)
        return String(decoding: line[checksum.lowerBound...], as: UTF8.self) == ",\"crc32c\":\"\(expected.suffix(8))\"}"
    }

    /// `,"crc32c":"1a2b3c4d"}` has 21 bytes and is the end of the line.
    private var checksumRange: Range<Int>? {
        guard line.count > 21 else { return nil }
        let range = line.count - 21..<line.count
        return line[range].starts(with: Array(",\"crc32c\":\"".utf8)) ? range : nil
    }

    /// CRC-32C, bit by bit (RFC 3720 §B.4): slow, and not the code under test.
    private func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var remainder = UInt32.max
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return ~remainder
    }
}
