/// RFC 4648 §4, padded.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        // Of nothing, the standard library would write the count of the empty array that all threads share.
        guard !bytes.isEmpty else { return }
        // Once, not for each digit: the alphabet is made when it is first asked for.
        let alphabet = alphabet
        text.append(addingCapacity: (bytes.count + 2) / 3 * 4) { free in
            var index = 0
            while index < bytes.count {
                let rest = bytes.count - index
                let second = rest > 1 ? bytes[index + 1] : 0
                let third = rest > 2 ? bytes[index + 2] : 0
                let group = Int(bytes[index]) << 16 | Int(second) << 8 | Int(third)
                free.append(alphabet[group >> 18])
                free.append(alphabet[group >> 12 & 0x3F])
                free.append(rest > 1 ? alphabet[group >> 6 & 0x3F] : padding)
                free.append(rest > 2 ? alphabet[group & 0x3F] : padding)
                index += 3
            }
        }
    }

    /// Nil for whatever ``encode(_:)`` would not have written: other characters, missing padding, bits that are lost.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var index = text.startIndex
        while index < text.endIndex {
            let isLast = index + 4 == text.endIndex
            let paddingCount = isLast ? (text[index + 3] == padding ? (text[index + 2] == padding ? 2 : 1) : 0) : 0
            var group: UInt32 = 0
            for digit in 0..<(4 - paddingCount) {
                guard let value = value(of: text[index + digit]) else { return nil }
                group |= UInt32(value) << UInt32(18 - 6 * digit)
            }
            // One byte has 8 of 12 bits, two have 16 of 18.
            guard group & (UInt32(1) << UInt32(8 * paddingCount) - 1) == 0 else { return nil }
            for byte in 0..<(3 - paddingCount) {
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * byte)))
            }
            index += 4
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
