/// What stands for itself in a JSON text: numbers, `true`, `false` and `null`.
enum JSONScalar {
    /// Behind the number or literal at `start`.
    ///
    /// - Parameter expected: what an error names where neither begins.
    @inline(never)
    static func end(
        in bytes: Span<UInt8>, from start: Int, expected: JSONExpectation
    ) throws(JSONTextError) -> Int {
        switch bytes.byte(at: start) {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try numberEnd(in: bytes, from: start)
        case UInt8(ascii: "t"): try literalEnd(0x6575_7274, count: 4, in: bytes, from: start)
        case UInt8(ascii: "f"): try literalEnd(0x65_736C_6166, count: 5, in: bytes, from: start)
        case UInt8(ascii: "n"): try literalEnd(0x6C6C_756E, count: 4, in: bytes, from: start)
        default: throw .unexpected(in: bytes, at: start, expected: expected)
        }
    }

    /// - Parameters:
    ///   - text: what must stand at `start`, its first byte lowest; the other bytes are 0.
    ///   - count: how many bytes of it count.
    @inline(__always)
    private static func literalEnd(
        _ text: UInt64, count: Int, in bytes: Span<UInt8>, from start: Int
    ) throws(JSONTextError) -> Int {
        let difference = bytes.word(at: start) ^ text
        guard difference << UInt64(64 - 8 * count) == 0 else {
            throw .unexpected(in: bytes, at: start &+ difference.trailingZeroBitCount / 8, expected: .literal)
        }
        return start &+ count
    }

    /// RFC 8259 §6.
    @inline(__always)
    private static func numberEnd(in bytes: Span<UInt8>, from start: Int) throws(JSONTextError) -> Int {
        var index = start
        if bytes.byte(at: index) == UInt8(ascii: "-") { index &+= 1 }
        if bytes.byte(at: index) == UInt8(ascii: "0") {
            index &+= 1
            if isDigit(bytes.byte(at: index)) { throw .unexpected(in: bytes, at: index, expected: .noMoreDigits) }
        } else {
            index = try digitsEnd(in: bytes, from: index)
        }
        if bytes.byte(at: index) == UInt8(ascii: ".") { index = try digitsEnd(in: bytes, from: index &+ 1) }
        if bytes.byte(at: index) | 0x20 == UInt8(ascii: "e") {
            index &+= 1
            let sign = bytes.byte(at: index)
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index &+= 1 }
            index = try digitsEnd(in: bytes, from: index)
        }
        return index
    }

    /// - Throws: where there is no digit at all.
    @inline(__always)
    private static func digitsEnd(in bytes: Span<UInt8>, from start: Int) throws(JSONTextError) -> Int {
        guard isDigit(bytes.byte(at: start)) else { throw .unexpected(in: bytes, at: start, expected: .digit) }
        return ByteRun.digitsEnd(in: bytes, from: start &+ 1)
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
