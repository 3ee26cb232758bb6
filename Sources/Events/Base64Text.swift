/// Base64 as CloudEvents has it (RFC 4648 §4): the standard alphabet, padded, nothing between the digits.
package enum Base64Text {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encodedCount(of count: Int) -> Int { (count + 2) / 3 * 4 }

    static func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        // Of nothing, the standard library would write the count of the empty array that all threads share.
        guard !bytes.isEmpty else { return }
        output.append(addingCapacity: encodedCount(of: bytes.count)) { free in
            var index = 0
            while index < bytes.count {
                let rest = bytes.count - index
                let second = rest > 1 ? bytes[index + 1] : 0
                let third = rest > 2 ? bytes[index + 2] : 0
                let word = Int(bytes[index]) << 16 | Int(second) << 8 | Int(third)
                free.append(digits[word >> 18])
                free.append(digits[word >> 12 & 0x3F])
                free.append(rest > 1 ? digits[word >> 6 & 0x3F] : UInt8(ascii: "="))
                free.append(rest > 2 ? digits[word & 0x3F] : UInt8(ascii: "="))
                index += 3
            }
        }
    }

    /// Whole groups of four, at most two `=`, at the end only.
    static func isValid(_ text: some Collection<UInt8>) -> Bool {
        guard text.count % 4 == 0 else { return false }
        var paddingCount = 0
        for byte in text {
            if byte == UInt8(ascii: "=") {
                paddingCount += 1
                guard paddingCount <= 2 else { return false }
            } else {
                guard paddingCount == 0, isDigit(byte) else { return false }
            }
        }
        return true
    }

    /// The bytes that a text means; nil for what is not base64.
    package static func decoded(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        guard isValid(text) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var word: UInt32 = 0
        var digitsCount = 0
        for byte in text where byte != UInt8(ascii: "=") {
            word = word << 6 | value(ofDigit: byte)
            digitsCount += 1
            guard digitsCount % 4 == 0 else { continue }
            for shift: UInt32 in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
            word = 0
        }
        // Two digits left are one byte and four bits of nothing, three are two bytes and two bits.
        switch digitsCount % 4 {
        case 2: bytes.append(UInt8(truncatingIfNeeded: word >> 4))
        case 3:
            bytes.append(UInt8(truncatingIfNeeded: word >> 10))
            bytes.append(UInt8(truncatingIfNeeded: word >> 2))
        case 1: return nil
        default: break
        }
        return bytes
    }

    private static func value(ofDigit byte: UInt8) -> UInt32 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        default: 63
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        EventSource.isLetter(byte) || EventSource.isDigit(byte) || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "/")
    }
}
