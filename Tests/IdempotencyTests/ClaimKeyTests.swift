import Testing

@testable import Idempotency

@Suite struct ClaimKeyTests {
    @Test func `a stamp is written as 64 digits and read back`() {
        let stamp = ClaimStamp(
            key: ClaimKey(high: 0x0123_4567_89AB_CDEF, low: 1), body: ClaimKey(high: .max, low: 0x10))
        #expect(stamp.text == "0123456789abcdef0000000000000001ffffffffffffffff0000000000000010")
        #expect(ClaimStamp(ArraySlice(stamp.text.utf8)) == stamp)
    }

    @Test(arguments: ["", "0123", String(repeating: "A", count: 64), String(repeating: "g", count: 64)])
    func `what is no stamp is none`(_ text: String) {
        #expect(ClaimStamp(ArraySlice(text.utf8)) == nil)
    }

    @Test func `the same word is another key for another tenant, credential or kind`() {
        let keys = [
            ClaimKey(tenant: "a", credentialID: "c", subject: .header("x")),
            ClaimKey(tenant: "b", credentialID: "c", subject: .header("x")),
            ClaimKey(tenant: "a", credentialID: "d", subject: .header("x")),
            ClaimKey(tenant: "a", credentialID: "c", subject: .delivery("x")),
            ClaimKey(tenant: "a", credentialID: "c", subject: .release("x")),
            ClaimKey(tenant: "a", credentialID: "c", subject: .batch(["x"])),
            ClaimKey(tenant: "a", credentialID: "c", subject: .batch(["x", "y"])),
            ClaimKey(tenant: "a", credentialID: "c", subject: .batch(["x\u{0}1 y"])),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(keys[0] == ClaimKey(tenant: "a", credentialID: "c", subject: .header("x")))
    }

    /// `printf 'fx-claim-1\0acme\0tok_1\0header\0k' | sha256sum`: the key on the spool must mean the same for ever.
    @Test func `a key is the beginning of a documented hash`() {
        let key = ClaimKey(tenant: "acme", credentialID: "tok_1", subject: .header("k"))
        let stamp = ClaimStamp(key: key, body: ClaimKey(high: 0, low: 0))
        #expect(stamp.text.hasPrefix("3c8a063720f76801ea884e8813170fcb"))
    }
}
