import Testing

@testable import Authentication

@Suite("An access token")
struct AccessTokenTests {
    @Test("is read back with its id, and has the documented shape")
    func roundTrip() throws {
        var randomness = SeededRandomness(state: 7)
        for _ in 0..<200 {
            let id = CredentialID.make(using: &randomness)
            let token = AccessToken.make(id: id, using: &randomness)
            #expect(try #/^fxt_[a-z0-9]{12}_[0-9A-Za-z]{38}$/#.wholeMatch(in: token.text.revealed) != nil)
            #expect(AccessToken.read(ArraySlice(token.text.utf8)) == .wellFormed(id: id))
            #expect(token.digest.count == 32)
        }
    }

    @Test("differs with every draw of randomness")
    func randomness() {
        var randomness = SystemRandomNumberGenerator()
        let texts = (0..<100).map { _ in AccessToken.make(id: "abcdefghijkl", using: &randomness).text.revealed }
        #expect(Set(texts).count == 100)
    }

    @Test("with any one character changed is told by its checksum")
    func typos() throws {
        let text = try makeToken().text
        for position in 4..<text.count where position != 16 {
            var typo = text
            typo[position] = text[position] == UInt8(ascii: "z") ? UInt8(ascii: "y") : UInt8(ascii: "z")
            #expect(AccessToken.read(typo[...]) == .checksumWrong, "position \(position)")
        }
    }

    @Test(
        "of another shape is malformed",
        arguments: [
            "", "fxt_", "fxt_abcdefghijkl_", String(repeating: "a", count: 55), "ghp_abcdefghijkl_00000000000000000000",
            "fxt_ABCDEFGHIJKL_00000000000000000000000000000000000000",
            "fxt_abcdefghijkl-00000000000000000000000000000000000000",
            "fxt_abcdefghijkl_0000000000000000000000000000000000000é",
            "fxt_abcdefghijkl_000000000000000000000000000000000000000",
            " fxt_abcdefghijkl_0000000000000000000000000000000000000",
        ])
    func malformed(text: String) {
        #expect(AccessToken.read(ArraySlice(text.utf8)) == .malformed)
    }

    @Test("is read from the middle of a larger buffer")
    func slice() throws {
        let (text, record) = try makeToken()
        let buffer = Array("X-API-KEY: ".utf8) + text + Array("\r\n".utf8)
        #expect(AccessToken.read(buffer[11..<66]) == .wellFormed(id: record.credential.id))
    }

    @Test("does not print itself")
    func description() throws {
        var randomness = SeededRandomness(state: 3)
        let token = AccessToken.make(id: "abcdefghijkl", using: &randomness)
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token)".contains(token.text.revealed))
        #expect(!String(reflecting: token).contains(token.text.revealed))
        #expect(!dumped.contains(token.text.revealed))
    }

    @Test("has a checksum of CRC-32 as zlib computes it")
    func checksum() {
        #expect(TokenChecksum.crc32("123456789".utf8) == 0xCBF4_3926)
        #expect(String(decoding: TokenChecksum.encoded(0), as: UTF8.self) == "000000")
        #expect(String(decoding: TokenChecksum.encoded(.max), as: UTF8.self) == "4gfFC3")
        #expect(TokenChecksum.matches(Array("4gfFC3".utf8)[...], .max))
        #expect(!TokenChecksum.matches(Array("zzzzzz".utf8)[...], .max))
    }
}

@Suite("Names")
struct NameTests {
    @Test("of tenants are lower case, 1 to 63 bytes, and begin with a letter or digit")
    func tenants() {
        for good in ["a", "0", "acme", "acme-eu.prod_1", String(repeating: "x", count: 63)] {
            #expect(Tenant(good)?.name == good)
        }
        for bad in ["", "-a", ".a", "_a", "Acme", "a b", "a/b", "ä", "a\n", String(repeating: "x", count: 64)] {
            #expect(Tenant(bad) == nil, "\(bad)")
        }
    }

    @Test("of scopes are the three documented ones")
    func scopes() {
        #expect(Scopes.allNames == ["events:write", "status:read", "executions:write"])
        for name in Scopes.allNames { #expect(Scopes(name: name)?.names == [name]) }
        #expect(Scopes(name: "events:read") == nil)
        #expect(Scopes([.eventsWrite, .executionsWrite]).names == ["events:write", "executions:write"])
    }
}
