import Testing

@testable import Authentication

@Suite("A hub signature")
struct HubSignatureTests {
    /// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    static let published = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    @Test("is GitHub's published one for its published secret and body")
    func publishedVector() {
        let signature = HubSignature.sign(Array("Hello, World!".utf8), secret: Secret("It's a Secret to Everybody"))
        #expect(signature == Self.published)
    }

    @Test("is RFC 4231's for keys shorter and longer than a block, and for no bytes at all")
    func keyLengths() {
        #expect(
            HubSignature.sign(Array("what do ya want for nothing?".utf8), secret: Secret("Jefe"))
                == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            HubSignature.sign([], secret: Secret(""))
                == "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test("is read in either case of hex")
    func hexCase() throws {
        let lower = try #require(HubSignature.decode(ArraySlice(Self.published.utf8)))
        let upper = "sha256=" + Self.published.dropFirst(7).uppercased()
        #expect(HubSignature.decode(ArraySlice(upper.utf8)) == lower)
        #expect(lower.count == 32)
        #expect(lower.prefix(3) == [0x75, 0x71, 0x07])
    }

    @Test(
        "of another form is not read",
        arguments: [
            "", "sha256=", String(published.dropFirst(7)), String(published.dropLast()), published + "0",
            published + " ",
            "SHA256=" + published.dropFirst(7), "sha1=" + published.dropFirst(7), published.dropLast() + "g",
            "sha256=" + String(repeating: "é", count: 32),
        ])
    func malformed(value: String) {
        #expect(HubSignature.decode(ArraySlice(value.utf8)) == nil)
    }
}
