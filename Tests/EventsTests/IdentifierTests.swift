import Events
import Testing

struct IdentifierTests {
    @Test func `A UUIDv7 has the layout of RFC 9562`() {
        // The example of RFC 9562 appendix A.6.
        let uuid = UUIDv7(milliseconds: 0x017F_22E2_79B0, randomHigh: 0xCC3, randomLow: 0x18C4_DC0C_0C07_398F)
        #expect(uuid.text == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        var bytes = Array("<".utf8)
        uuid.append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "<017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test func `Random bits never touch the version, the variant or the time`() {
        let none = UUIDv7(milliseconds: 0, randomHigh: 0, randomLow: 0)
        let all = UUIDv7(milliseconds: 0, randomHigh: .max, randomLow: .max)
        #expect(none.text == "00000000-0000-7000-8000-000000000000")
        #expect(all.text == "00000000-0000-7fff-bfff-ffffffffffff")
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func `Each hexadecimal digit is written at each of its places`(digit: UInt64) {
        let low = digit &* 0x1111_1111_1111_1111
        let uuid = UUIDv7(milliseconds: Int64(digit * 0x1111_1111_1111), randomHigh: low, randomLow: low)
        let hex = String(digit, radix: 16)
        func some(_ count: Int) -> String { String(repeating: hex, count: count) }
        let variant = String(8 | digit & 3, radix: 16)
        #expect(uuid.text == "\(some(8))-\(some(4))-7\(some(3))-\(variant)\(some(3))-\(some(12))")
    }

    @Test func `A later millisecond sorts later, whatever the random bits are`() {
        let early = UUIDv7(milliseconds: 1_760_000_000_000, randomHigh: .max, randomLow: .max)
        let late = UUIDv7(milliseconds: 1_760_000_000_001, randomHigh: 0, randomLow: 0)
        #expect(early.text < late.text)
    }

    @Test func `A correlation id takes 1 to 128 bytes of its alphabet`() throws {
        let longest = String(repeating: "x", count: 128)
        for text in ["a", "ABCDEF1234_01", "azAZ09._:-", longest] { #expect(try CorrelationID(text).text == text) }
        #expect(CorrelationID(UUIDv7(milliseconds: 0, randomHigh: 0, randomLow: 0)).text.utf8.count == 36)
        #expect(throws: EventsError.memberEmpty("cid")) { try CorrelationID("") }
        #expect(throws: EventsError.memberTooLong("cid", bytesLimit: 128)) { try CorrelationID(longest + "x") }
        for text in [" ", "a b", "a/b", "é", "a\n", "a\"", "a%41", "a@b", "a;b", "a[", "`", "{", "/"] {
            #expect(throws: EventsError.memberOutsideAlphabet("X-Correlation-ID")) {
                try CorrelationID(text, member: "X-Correlation-ID")
            }
        }
    }

    @Test func `The alphabet is exactly the one that is promised`() {
        let expected = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-".unicodeScalars)
        for value: UInt32 in 0..<0x100 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(IdentifierAlphabet.contains(String(scalar)) == expected.contains(scalar))
        }
    }
}
