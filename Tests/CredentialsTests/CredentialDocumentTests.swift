import Authentication
import Testing

@testable import Credentials

@Suite("The document of credentials")
struct CredentialDocumentTests {
    static let token = """
        {"id":"k3v9x0q2m1zt","tenant":"acme","name":"ci","scopes":["events:write","status:read"],"sources":["/ci/*"],\
        "types":[],"sha256":"\(String(repeating: "0a", count: 32))","created":"2026-01-02T12:00:00Z",\
        "expires":"2027-01-02T14:00:00+02:00","revoked":"2026-01-03T00:00:00Z"}
        """
    static let key = """
        {"id":"q8w2n5c7b4ya","tenant":"acme","name":"repo","provider":"github","scopes":["events:write"],\
        "secrets":[{"value":"It's a Secret to Everybody","created":"2026-01-02T12:00:00Z","expires":"2026-02-01T00:00:00Z"}],\
        "created":"2026-01-02T12:00:00Z"}
        """

    private func read(_ text: String) throws -> CredentialSet {
        try CredentialSet(json: Array(text.utf8), path: "c.json")
    }

    private func whole(tokens: String = token, secrets: String = key, more: String = "") -> String {
        "{\"version\":1,\"tokens\":[\(tokens)],\"secrets\":[\(secrets)]\(more)}"
    }

    @Test("of version 1 is read as it was written down, unknown members notwithstanding")
    func golden() throws {
        let set = try read(whole(more: ",\"comment\":{\"by\":\"hand\"}"))
        let token = try #require(set.tokens.first)
        #expect(token.credential.id == "k3v9x0q2m1zt")
        #expect(token.credential.tenant.name == "acme")
        #expect(token.credential.scopes == [.eventsWrite, .statusRead])
        #expect(token.credential.sources.map(\.pattern) == ["/ci/*"])
        #expect(token.digest == Array(repeating: 0x0A, count: 32))
        #expect(token.credential.createdSeconds == noon)
        #expect(token.credential.expiresSeconds == noon + 365 * 86_400)
        #expect(token.credential.revokedSeconds == noon + 43_200)
        let key = try #require(set.secretKeys.first)
        #expect(key.provider == .github)
        #expect(key.secrets.first?.value.revealed == "It's a Secret to Everybody")
        #expect(key.secrets.first?.expiresSeconds == 1_769_904_000)
        #expect(key.credential.types.isEmpty && key.credential.expiresSeconds == nil)
        #expect(try CredentialSet(json: set.json(), path: "c.json") == set)
    }

    @Test("of another version is refused whatever its shape")
    func versions() {
        #expect(thrown { try read("{\"version\":2,\"tokens\":7}") } == .unknownVersion(path: "c.json", version: 2))
        #expect(thrown { try read("{}") } == .invalidMember(path: "c.json", member: "version"))
        for text in ["", "[]", "{\"version\":1", "\u{0}", "nope", "{\"version\":1}x"] {
            #expect(thrown { try read(text) } == .notJSON(path: "c.json"), "\(text)")
        }
    }

    @Test(
        "with a member out of order says which one",
        arguments: [
            ("\"k3v9x0q2m1zt\"", "\"K3\"", "tokens[0].id"),
            ("\"acme\",\"name\":\"ci\"", "\"A\",\"name\":\"ci\"", "tokens[0].tenant"),
            ("\"name\":\"ci\"", "\"name\":\"\"", "tokens[0].name"), ("\"name\":\"ci\",", "", "tokens[0].name"),
            ("\"name\":\"ci\"", "\"name\":7", "tokens[0].name"), ("status:read", "status:all", "tokens[0].scopes"),
            ("\"/ci/*\"", "\"\"", "tokens[0].sources"), ("0a0a", "0A0A", "tokens[0].sha256"),
            ("0a0a", "0a", "tokens[0].sha256"),
            ("\"expires\":\"2027-01-02T14:00:00+02:00\"", "\"expires\":\"2027-02-30T00:00:00Z\"", "tokens[0].expires"),
            ("\"github\"", "\"gitea\"", "secrets[0].provider"),
            ("It's a Secret to Everybody", "short", "secrets[0].secrets.value"),
            ("q8w2n5c7b4ya", "k3v9x0q2m1zt", "secrets[0].id"),
        ])
    func invalidMembers(good: String, bad: String, member: String) {
        let text = whole()
        let range = text.firstRange(of: good)
        #expect(range != nil)
        let broken = range.map { text.replacingCharacters(in: $0, with: bad) } ?? ""
        #expect(thrown { try read(broken) } == .invalidMember(path: "c.json", member: member))
    }

    @Test("with more than two secrets for a key, or more than 10,000 credentials, is refused")
    func limits() throws {
        let value = "{\"value\":\"It's a Secret to Everybody\",\"created\":\"2026-01-02T12:00:00Z\"}"
        func key(_ count: Int) -> String {
            "{\"id\":\"q8w2n5c7b4ya\",\"tenant\":\"a\",\"name\":\"n\",\"provider\":\"github\",\"scopes\":[],\"secrets\":["
                + Array(repeating: value, count: count).joined(separator: ",")
                + "],\"created\":\"2026-01-02T12:00:00Z\"}"
        }
        #expect(try read(whole(secrets: key(2))).secretKeys.first?.secrets.count == 2)
        #expect(
            thrown { try read(whole(secrets: key(3))) } == .invalidMember(path: "c.json", member: "secrets[0].secrets"))

        var full = CredentialSet()
        let template = try #require(try read(whole()).tokens.first)
        for number in 0..<CredentialSet.countLimit {
            var record = template
            record.credential.id = "id" + String(10_000_000_00 + number)
            full.tokens.append(record)
        }
        let bytes = full.json()
        #expect(try CredentialSet(json: bytes, path: "c.json").tokens.count == CredentialSet.countLimit)

        let directory = TemporaryDirectory()
        try CredentialFile(path: directory.credentials).replace(with: bytes)
        var randomness = SystemRandomNumberGenerator()
        #expect(
            thrown {
                try CredentialStore(path: directory.credentials).createToken(
                    request(), nowSeconds: noon, using: &randomness)
            } == .tooManyCredentials(limit: CredentialSet.countLimit))
    }

    @Test("is written and read up to 16 MiB")
    func size() {
        let directory = TemporaryDirectory()
        let file = CredentialFile(path: directory.credentials)
        let limit = CredentialFile.bytesLimit
        #expect(thrown { try file.replace(with: [UInt8](repeating: 32, count: limit)) } == nil)
        #expect(thrown { try file.read() } == nil)
        #expect(
            thrown { try file.replace(with: [UInt8](repeating: 32, count: limit + 1)) }
                == .tooLarge(path: directory.credentials, bytesLimit: limit))
        writeFile(directory.credentials, String(repeating: " ", count: limit + 1))
        #expect(thrown { try file.read() } == .tooLarge(path: directory.credentials, bytesLimit: limit))
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}

@Suite("A timestamp")
struct TimestampTests {
    @Test("is read and written by RFC 3339")
    func reading() {
        #expect(CalendarTime.format(noon) == "2026-01-02T12:00:00Z")
        #expect(CalendarTime.format(0) == "1970-01-01T00:00:00Z")
        #expect(CalendarTime.format(CalendarTime.secondsLimit) == "9999-12-31T23:59:59Z")
        for good in [
            "2026-01-02T12:00:00Z", "2026-01-02t12:00:00z", "2026-01-02T12:00:00.999Z", "2026-01-02T14:30:00+02:30",
            "2026-01-01T20:00:00-16:00",
        ] {
            #expect(CalendarTime.parse(good) == noon, "\(good)")
        }
        for bad in [
            "", "2026-01-02", "2026-01-02 12:00:00Z", "2026-01-02T12:00:00", "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T12:60:00Z",
            "2026-01-02T12:00:60Z", "2026-01-02T12:00:00.Z", "2026-01-02T12:00:00+24:00", "2026-01-02T12:00:00Zx",
            "1969-12-31T23:59:59Z", "２026-01-02T12:00:00Z", "+026-01-02T12:00:00Z", String(repeating: "9", count: 99),
        ] {
            #expect(CalendarTime.parse(bad) == nil, "\(bad)")
        }
    }

    @Test("survives writing and reading on every day for four centuries")
    func everyDay() {
        var previous = ""
        for day in Int64(0)..<146_097 {
            let text = CalendarTime.format(day * 86_400 + 86_399)
            if CalendarTime.parse(text) != day * 86_400 + 86_399 || text <= previous { Issue.record("\(text)") }
            previous = text
        }
        #expect(previous == "2369-12-31T23:59:59Z")
    }
}
