import CChecksum
import DurableIO
import Testing

struct CRC32CTests {
    /// RFC 3720 §B.4.
    private static let vectors: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        ([UInt8](0..<32), 0x46DD_794E),
        ((0..<32).reversed().map { UInt8($0) }, 0x113F_DB5C),
        ([UInt8]("123456789".utf8), 0xE306_9283),
    ]

    @Test(arguments: vectors)
    func `the published vectors give the published checksums`(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes.span.bytes) == expected)
        #expect(bytes.withUnsafeBytes { fx_crc32c_portable(0, $0.baseAddress, $0.count) } == expected)
    }

    @Test func `the instruction and the portable code agree at every length and alignment`() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        for start in 0..<9 {
            for end in start..<bytes.count {
                let span = bytes.span.bytes.extracting(start..<end)
                let portable = bytes[start..<end].withUnsafeBytes { fx_crc32c_portable(0, $0.baseAddress, $0.count) }
                #expect(CRC32C.checksum(span) == portable)
            }
        }
    }

    @Test func `they agree where three parts are read side by side, and where they stop`() {
        // 384 bytes are three parts; the parts differ, so that one that is moved wrongly shows.
        let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ $0 >> 5) }
        let lengths = [383, 384, 385, 391, 392, 767, 768, 769, 1151, 1152, 1300, 4096, 8191, 8192]
        for start in 0..<9 {
            for length in lengths {
                let range = start..<start + length
                let portable = bytes[range].withUnsafeBytes { fx_crc32c_portable(7, $0.baseAddress, $0.count) }
                #expect(CRC32C.checksum(bytes.span.bytes.extracting(range), continuing: 7) == portable)
            }
        }
    }

    @Test func `a checksum can be continued`() {
        let bytes = Array("a record in two parts".utf8)
        let head = CRC32C.checksum(bytes.span.bytes.extracting(0..<7))
        let whole = CRC32C.checksum(bytes.span.bytes.extracting(7..<bytes.count), continuing: head)
        #expect(whole == CRC32C.checksum(bytes.span.bytes))
    }
}
