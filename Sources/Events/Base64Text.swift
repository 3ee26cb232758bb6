/// Base64 as CloudEvents has it (RFC 4648 §4): the standard alphabet, padded, nothing between the digits.
enum Base64Text {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encodedCount(of count: Int) -> Int { (count + 2) / 3 * 4 }

    static func append(_ bytes: [UInt8], to output: inout [UInt8]) {
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

    private static func isDigit(_ byte: UInt8) -> Bool {
        EventSource.isLetter(byte) || EventSource.isDigit(byte) || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "/")
    }
}
