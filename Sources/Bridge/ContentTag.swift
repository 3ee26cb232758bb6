/// Tells two contents apart: 64 bits, the same on every machine and after every restart. Against accidents only.
struct ContentTag: Hashable, Sendable {
    private(set) var value: UInt64 = 0x243F_6A88_85A3_08D3

    init() {}

    init(_ bytes: [UInt8]) { combine(bytes) }

    /// Adds bytes, and their number, so that no two contents run together.
    mutating func combine(_ bytes: [UInt8]) {
        let span = bytes.span
        var index = 0
        while index + 8 <= span.count {
            var word: UInt64 = 0
            for offset in 0..<8 { word |= UInt64(span[index + offset]) << UInt64(8 * offset) }
            mix(word)
            index += 8
        }
        var rest: UInt64 = 0
        while index < span.count {
            rest = rest << 8 | UInt64(span[index])
            index += 1
        }
        mix(rest)
        mix(UInt64(span.count))
    }

    mutating func combine(_ tag: ContentTag) { mix(tag.value) }

    private mutating func mix(_ word: UInt64) {
        // Odd, so that no bit of a word is lost; the shift brings the high bits, which depend on all below, down again.
        value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        value ^= value >> 29
    }

    /// 16 hexadecimal digits.
    var text: String { spelled(isQuoted: false) }

    /// As an entity tag (RFC 9110 §8.8.3): `"9f86d081884c7d65"`.
    var entityTag: String { spelled(isQuoted: true) }

    private func spelled(isQuoted: Bool) -> String {
        let quote = UInt8(ascii: "\"")
        return unsafe String(unsafeUninitializedCapacity: 18) { buffer in
            var free = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            if isQuoted { free.append(quote) }
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0xF
                free.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
            if isQuoted { free.append(quote) }
            return unsafe free.finalize(for: buffer)
        }
    }

    /// Whether an `If-None-Match` field names it (RFC 9110 §13.1.2).
    func isNamed(in field: String) -> Bool {
        field.split(separator: ",").contains { candidate in
            let tag = String(
                candidate.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
            return tag == "*" || tag == entityTag || tag == "W/" + entityTag
        }
    }
}
