/// The last six characters of an access token: CRC-32 of all before them, in base 62.
///
/// Not a defence: it tells a mistyped token from a forged one, and a token in a leaked file from a random string.
/// CRC-32 is the one of ISO 3309 (zlib, and GitHub's own tokens); 62⁶ > 2³², so six digits always do.
enum TokenChecksum {
    static let digitsCount = 6
    static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        // Once, not for each byte: the table is made when it is first asked for.
        let table = table
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes { crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
        return ~crc
    }

    /// The most significant digit first.
    static func encoded(_ checksum: UInt32) -> [UInt8] {
        var rest = Int(checksum)
        var text: [UInt8] = []
        for _ in 0..<digitsCount {
            text.append(digits[rest % 62])
            rest /= 62
        }
        return text.reversed()
    }

    /// Whether `text` is the checksum's text, without building one.
    static func matches(_ text: ArraySlice<UInt8>, _ checksum: UInt32) -> Bool {
        var rest = Int(checksum)
        for byte in text.reversed() {
            guard byte == digits[rest % 62] else { return false }
            rest /= 62
        }
        return rest == 0 && text.count == digitsCount
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
