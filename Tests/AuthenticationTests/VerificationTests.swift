import Glibc
import HTTPMessage
import Testing

@testable import Authentication

@Suite("Verification of tokens")
struct TokenVerificationTests {
    @Test("lets a known token in, with its tenant and scopes")
    func good() throws {
        let (text, record) = try makeToken(scopes: .statusRead)
        let ring = KeyRing(tokens: [record], secretKeys: [])
        let principal = try ring.authenticate(PresentedCredentials(apiKey: single(text)), signed: [], nowSeconds: noon)
        #expect(principal.tenant.name == "acme")
        #expect(principal.credentialID == record.credential.id)
        #expect(principal.scopes == .statusRead)
        #expect(principal.kind == .accessToken)
    }

    @Test("refuses every other one, each with a reason of its own and the id where it is known")
    func refusals() throws {
        let good = try makeToken(seed: 1)
        let expired = try makeToken(seed: 2, expires: noon)
        let revoked = try makeToken(seed: 3, expires: noon - 5, revoked: noon - 10)
        let unknown = try makeToken(seed: 4)
        let id = good.record.credential.id
        var otherRandomness = SeededRandomness(state: 99)
        let forged = Array(AccessToken.make(id: id, using: &otherRandomness).text.utf8)
        var typo = good.text
        typo[20] = typo[20] == 0x41 ? 0x42 : 0x41
        let ring = KeyRing(tokens: [good.record, expired.record, revoked.record], secretKeys: [])

        let expected: [([UInt8], RefusalReason, String?)] = [
            ([], .tokenMalformed, nil), (Array("abc".utf8), .tokenMalformed, nil),
            ([UInt8](repeating: 0xFF, count: 100_000), .tokenMalformed, nil),
            (typo, .tokenChecksumWrong, nil), (unknown.text, .tokenUnknown, nil), (forged, .tokenSecretWrong, id),
            (expired.text, .tokenExpired, expired.record.credential.id),
            (revoked.text, .tokenRevoked, revoked.record.credential.id),
        ]
        for (text, reason, id) in expected {
            let refusal = error {
                try ring.authenticate(PresentedCredentials(apiKey: single(text)), signed: [], nowSeconds: noon)
            }
            #expect(refusal == .refused(reason, credentialID: id))
        }
    }

    @Test("takes a token until the second before it expires")
    func expiry() throws {
        let (text, record) = try makeToken(expires: noon)
        let ring = KeyRing(tokens: [record], secretKeys: [])
        let presented = PresentedCredentials(apiKey: single(text))
        _ = try ring.authenticate(presented, signed: [], nowSeconds: noon - 1)
        #expect(error { try ring.authenticate(presented, signed: [], nowSeconds: noon) }?.reason == "token-expired")
    }

    @Test("never says in an error what was presented")
    func redaction() throws {
        let (text, record) = try makeToken()
        let ring = KeyRing(tokens: [], secretKeys: [])
        let refusal = error {
            try ring.authenticate(PresentedCredentials(apiKey: single(text)), signed: [], nowSeconds: noon)
        }
        let printed = "\(String(describing: refusal)) \(String(reflecting: refusal))"
        #expect(printed.contains("token-unknown"))
        #expect(!printed.contains(record.credential.id))
    }

    @Test("without any credential refuses, and with one header twice says which")
    func headers() throws {
        let ring = KeyRing(tokens: [], secretKeys: [])
        #expect(
            error { try ring.authenticate(PresentedCredentials(), signed: [], nowSeconds: noon) }
                == .refused(.credentialMissing, credentialID: nil))
        #expect(
            error { try ring.authenticate(PresentedCredentials(keyID: "x"), signed: [], nowSeconds: noon) }
                == .refused(.keyUnknown, credentialID: nil))
        let twice = PresentedHeader(first: [65], occurrences: 2)
        let joined = PresentedHeader(first: Array("a, b".utf8)[...], occurrences: 1)
        for header in [twice, joined] {
            #expect(
                error { try ring.authenticate(PresentedCredentials(apiKey: header), signed: [], nowSeconds: noon) }
                    == .duplicatedHeader(.apiKey))
        }
        for fields in [hub("sha256=a", "sha256=a"), hub("sha256=a, sha256=b")] {
            #expect(
                error {
                    try ring.authenticate(PresentedCredentials(fields: fields), signed: [], nowSeconds: noon)
                }
                    == .duplicatedHeader(.hubSignature))
        }
        guard case .absent = PresentedHeader(first: nil, occurrences: 0) else {
            Issue.record("no field is no header")
            return
        }
    }
}

@Suite("Verification of signatures")
struct SignatureVerificationTests {
    let body = Array(#"{"zen":"Design for failure."}"#.utf8)

    private func signature(_ secret: String) -> HTTPFields {
        hub(HubSignature.sign(body, secret: Secret(secret)))
    }

    private func authenticate(
        _ ring: KeyRing, _ header: HTTPFields, keyID: String? = nil, apiKey: PresentedHeader = .absent,
        now: Int64 = noon
    ) throws(AuthenticationError) -> Principal {
        try ring.authenticate(
            PresentedCredentials(apiKey: apiKey, fields: header, keyID: keyID), signed: body, nowSeconds: now)
    }

    @Test("takes a signature by the key the path names, and by the bare URL")
    func good() throws {
        let ring = KeyRing(tokens: [], secretKeys: [try makeKey("aaaaaaaaaaaa", secrets: ["secret one two three"])])
        for keyID in [nil, "aaaaaaaaaaaa"] {
            let principal = try authenticate(ring, signature("secret one two three"), keyID: keyID)
            #expect(principal.credentialID == "aaaaaaaaaaaa")
            #expect(principal.kind == .secretKey)
        }
    }

    @Test("refuses a signature over other bytes")
    func otherBytes() throws {
        let ring = KeyRing(tokens: [], secretKeys: [try makeKey("aaaaaaaaaaaa", secrets: ["s"])])
        let header = hub(HubSignature.sign(body + [10], secret: Secret("s")))
        #expect(error { try authenticate(ring, header) } == .refused(.signatureMismatch, credentialID: nil))
        #expect(
            error { try authenticate(ring, header, keyID: "aaaaaaaaaaaa") }
                == .refused(.signatureMismatch, credentialID: "aaaaaaaaaaaa"))
    }

    @Test("refuses, with a reason and the id where a stored key was meant")
    func refusals() throws {
        let ring = KeyRing(
            tokens: [],
            secretKeys: [
                try makeKey("aaaaaaaaaaaa", secrets: ["a"]),
                try makeKey("expiredddddd", secrets: ["e"], expires: noon),
                try makeKey("revokeddddd1", secrets: ["r"], revoked: noon - 1),
                try makeKey("outoutoutout", secrets: ["o"], secretExpires: [noon]),
                try makeKey("nonenonenone", secrets: []),
            ])
        let expected: [(HTTPFields, String?, RefusalReason, String?)] = [
            (hub("sha256=00"), nil, .signatureMalformed, nil),
            (hub(""), "aaaaaaaaaaaa", .signatureMissing, "aaaaaaaaaaaa"),
            (signature("a"), "bbbbbbbbbbbb", .keyUnknown, nil),
            (signature("a"), "", .keyUnknown, nil),
            (signature("b"), "aaaaaaaaaaaa", .signatureMismatch, "aaaaaaaaaaaa"),
            (signature("e"), "expiredddddd", .keyExpired, "expiredddddd"),
            (signature("wrong"), "expiredddddd", .keyExpired, "expiredddddd"),
            (signature("r"), "revokeddddd1", .keyRevoked, "revokeddddd1"),
            (signature("o"), "outoutoutout", .keySecretsExpired, "outoutoutout"),
            (signature("x"), "nonenonenone", .keySecretsExpired, "nonenonenone"),
            (signature("e"), nil, .signatureMismatch, nil), (signature("r"), nil, .signatureMismatch, nil),
            (signature("o"), nil, .signatureMismatch, nil),
        ]
        for (header, keyID, reason, id) in expected {
            let refusal = error { try authenticate(ring, header, keyID: keyID) }
            #expect(refusal == .refused(reason, credentialID: id))
        }
    }

    @Test("tries only the key the path names")
    func onlyTheNamedKey() throws {
        let ring = KeyRing(
            tokens: [],
            secretKeys: [try makeKey("aaaaaaaaaaaa", secrets: ["a"]), try makeKey("bbbbbbbbbbbb", secrets: ["b"])])
        #expect(try authenticate(ring, signature("b"), keyID: "bbbbbbbbbbbb").credentialID == "bbbbbbbbbbbb")
        #expect(error { try authenticate(ring, signature("b"), keyID: "aaaaaaaaaaaa") }?.reason == "signature-mismatch")
    }

    @Test("takes either secret during a rotation, and the old one no longer when it has run out")
    func rotation() throws {
        let ring = KeyRing(
            tokens: [], secretKeys: [try makeKey("aaaaaaaaaaaa", secrets: ["old", "new"], secretExpires: [noon + 10])])
        for keyID in [nil, "aaaaaaaaaaaa"] {
            _ = try authenticate(ring, signature("old"), keyID: keyID)
            _ = try authenticate(ring, signature("new"), keyID: keyID)
            _ = try authenticate(ring, signature("new"), keyID: keyID, now: noon + 10)
            #expect(
                error { try authenticate(ring, signature("old"), keyID: keyID, now: noon + 10) }?.reason
                    == "signature-mismatch")
        }
    }

    @Test("on the bare URL tries the eight oldest usable keys and no more")
    func bareLimit() throws {
        // Created in reverse, so that the order of the file does not matter; the three oldest are not usable.
        var keys = try (0..<12).reversed().map { number in
            try makeKey("key0000000\(10 + number)", secrets: ["s\(number)"], created: noon - 1000 + Int64(number))
        }
        keys.append(try makeKey("oldrevoked00", secrets: ["x"], created: 1, revoked: 2))
        keys.append(try makeKey("oldexpired00", secrets: ["y"], created: 2, expires: 3))
        keys.append(try makeKey("oldnosecret0", secrets: ["z"], created: 3, secretExpires: [4]))
        let ring = KeyRing(tokens: [], secretKeys: keys)
        #expect(keys.count { ring.isTriedOnBareURL(keyID: $0.credential.id, nowSeconds: noon) } == 8)
        for number in 0..<12 {
            let header = signature("s\(number)")
            if number < 8 {
                _ = try authenticate(ring, header)
            } else {
                #expect(error { try authenticate(ring, header) }?.reason == "signature-mismatch")
            }
            let id = try #require(keys.first { $0.secrets[0].value == Secret("s\(number)") }).credential.id
            _ = try authenticate(ring, header, keyID: id)
        }
    }

    @Test("covers the path where there is no body")
    func path() throws {
        let ring = KeyRing(tokens: [], secretKeys: [try makeKey("aaaaaaaaaaaa", secrets: ["a"])])
        let path = Array("/fx/cid/0190-a%20b".utf8)
        let presented = PresentedCredentials(fields: hub(HubSignature.sign(path, secret: Secret("a"))))
        _ = try ring.authenticate(presented, signed: path, nowSeconds: noon)
        #expect(
            error { try ring.authenticate(presented, signed: Array("/fx/cid/0190".utf8), nowSeconds: noon) }?.reason
                == "signature-mismatch")
    }

    @Test("with a token too wants both good and of one tenant")
    func both() throws {
        let token = try makeToken(seed: 1, scopes: [.eventsWrite, .statusRead])
        let foreign = try makeToken(seed: 2, tenant: "umbrella")
        let ring = KeyRing(
            tokens: [token.record, foreign.record],
            secretKeys: [try makeKey("aaaaaaaaaaaa", secrets: ["a"], scopes: .eventsWrite)])

        let principal = try authenticate(ring, signature("a"), apiKey: single(token.text))
        #expect(principal.credentialID == token.record.credential.id)
        #expect(principal.scopes == .eventsWrite)

        #expect(
            error { try authenticate(ring, signature("b"), apiKey: single(token.text)) }?.reason == "signature-mismatch"
        )
        #expect(error { try authenticate(ring, signature("a"), apiKey: single("x")) }?.reason == "token-malformed")
        #expect(
            error { try authenticate(ring, signature("a"), apiKey: single(foreign.text)) }
                == .refused(.tenantsDiffer, credentialID: foreign.record.credential.id))
    }

    @Test("costs the same work for an unknown key as for a known one")
    func unknownKeyCosts() throws {
        let ring = KeyRing(tokens: [], secretKeys: [try makeKey("aaaaaaaaaaaa", secrets: ["a"])])
        let large = [UInt8](repeating: 120, count: 1 << 22)
        let header = hub(HubSignature.sign([], secret: Secret("x")))
        // Of processor time: how long other processes kept this one waiting says nothing.
        func cost(_ keyID: String) -> Int {
            let began = threadNanoseconds()
            _ = error {
                try ring.authenticate(
                    PresentedCredentials(fields: header, keyID: keyID), signed: large, nowSeconds: noon)
            }
            return threadNanoseconds() - began
        }
        // Without the HMAC by the dummy the unknown key would be thousands of times cheaper.
        #expect(cost("bbbbbbbbbbbb") > cost("aaaaaaaaaaaa") / 4)
    }
}

/// Processor time of the calling thread. `clock_gettime(2)`
private func threadNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
