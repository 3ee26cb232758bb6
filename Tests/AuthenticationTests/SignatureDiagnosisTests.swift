import HTTPMessage
import Testing

@testable import Authentication

@Suite("The diagnosis of a signature")
struct SignatureDiagnosisTests {
    let secret = "0123456789abcdef0123"
    let body = Array(#"{"text":"caf\#u{E9} \u00e9 a/b","list":[1, 2]}"#.utf8)

    private func ring() throws -> KeyRing {
        KeyRing(
            tokens: [],
            secretKeys: [
                try makeKey(
                    "aaaaaaaaaaaa", secrets: ["the secret before it", secret], secretExpires: [noon - 10, nil]),
                try makeKey("bbbbbbbbbbbb", secrets: ["the other key's secret"]),
                try makeKey("cccccccccccc", secrets: ["another tenant's secret"], tenant: "umbrella"),
                try makeKey("slackslack00", secrets: [secret], tenant: "umbrella", provider: .slack),
                try makeKey("revokeddddd1", secrets: [], revoked: noon - 1),
                try makeKey("expiredddddd", secrets: [secret], tenant: "umbrella", expires: noon - 1),
                try makeKey("outoutoutout", secrets: ["its only secret, expired"], secretExpires: [noon - 1]),
            ])
    }

    private func diagnose(_ fields: HTTPFields, body: [UInt8]? = nil, keyID: String = "aaaaaaaaaaaa") throws
        -> SignatureDiagnosis
    {
        try ring().diagnose(keyID: keyID, fields: fields, body: body ?? self.body, nowSeconds: noon)
    }

    private func signature(_ secret: String, over signed: [UInt8]? = nil) -> HTTPFields {
        hub(HubSignature.sign(signed ?? body, secret: Secret(secret)))
    }

    @Test("calls a good one good")
    func valid() throws {
        #expect(try diagnose(signature(secret)).reason == .valid)
    }

    @Test("knows whose secret it is instead")
    func secrets() throws {
        #expect(try diagnose(signature("the secret before it")).reason == .previousSecret)
        let other = try diagnose(signature("the other key's secret"))
        #expect(other.reason == .otherKey && other.otherKeyID == "bbbbbbbbbbbb")
        #expect(try diagnose(signature("another tenant's secret")).reason == .unexplained)
        for end in ["\n", "\r\n", " "] {
            #expect(try diagnose(signature(secret + end)).reason == .secretWithNewline)
        }
        #expect(try diagnose(signature("its only secret, expired"), keyID: "outoutoutout").reason == .previousSecret)
        #expect(try diagnose(signature("x"), keyID: "outoutoutout").reason == .secretsExpired)
    }

    @Test("knows keys that are no good")
    func keys() throws {
        #expect(try diagnose(signature(secret), keyID: "nobodynobody").reason == .keyUnknown)
        #expect(try diagnose(signature(secret), keyID: "revokeddddd1").reason == .keyRevoked)
        #expect(try diagnose(signature(secret), keyID: "expiredddddd").reason == .keyExpired)
    }

    @Test("knows what is wrong with the headers")
    func headers() throws {
        #expect(try diagnose(HTTPFields()).reason == .headerMissing)
        #expect(try diagnose(fields([("X-Hub-Signature", "sha1=00")])).sentence.contains("SHA-1"))
        #expect(try diagnose(fields([("Stripe-Signature", "t=1")])).sentence.contains("stripe"))
        #expect(try diagnose(hub("sha256=00")).reason == .headerMalformed)
        #expect(try diagnose(hub("a", "b")).reason == .headerDuplicated)
        let slack = ("X-Slack-Signature", "v0=" + String(repeating: "0", count: 64))
        #expect(try diagnose(fields([slack]), keyID: "slackslack00").reason == .timestampMissing)
        #expect(
            try diagnose(fields([slack, ("X-Slack-Request-Timestamp", "now")]), keyID: "slackslack00").reason
                == .timestampMalformed)
    }

    @Test("knows by how much a clock is off, either way", arguments: [Int64(301), -301, 1_000_000])
    func clock(_ skew: Int64) throws {
        let record = try makeKey("slackslack00", secrets: [secret], provider: .slack)
        let signed = try RequestSigner(record).fields(signing: body, messageID: "", nowSeconds: noon - skew)
        let found = try diagnose(fields(signed), keyID: "slackslack00")
        #expect(found.reason == .clockOff && found.skewSeconds == skew)
        #expect(found.sentence.contains("\(abs(skew)) s \(skew < 0 ? "after" : "before") it arrived"))
    }

    @Test("knows what happened to the body on the way")
    func bodies() throws {
        let text = String(decoding: body, as: UTF8.self)
        let pretty = Array("{\n  \"a\": 1,\n  \"b\": \"x\"\n}\n".utf8)
        // What was signed, what arrived, and what is found out.
        let cases: [([UInt8], [UInt8], SignatureDiagnosis.Reason)] = [
            (body + [10], body, .newlineStripped), (body + [13, 10], body, .newlineStripped),
            (body, body + [10], .newlineAdded), (body, body + [13, 10], .newlineAdded),
            (
                Array(String(decoding: pretty, as: UTF8.self).replacing("\n", with: "\r\n").utf8), pretty,
                .newlinesConverted
            ),
            (
                pretty, Array(String(decoding: pretty, as: UTF8.self).replacing("\n", with: "\r\n").utf8),
                .newlinesConverted
            ),
            (Array("payload=%7B%22a%22%3A+%22%C3%A9%22%7D".utf8), Array(#"{"a": "é"}"#.utf8), .formDecoded),
            (Array("payload=%7B%22a%22%3A%20%22%C3%A9%22%7D".utf8), Array(#"{"a": "é"}"#.utf8), .formDecoded),
            (Array(#"{"a": "é"}"#.utf8), Array("payload=%7B%22a%22%3A+%22%C3%A9%22%7D".utf8), .formDecoded),
            (Array(#"{"a":1,"b":"x"}"#.utf8), pretty, .reencoded),
            (Array(#"{"a": 1, "b": "x"}"#.utf8), pretty, .reencoded),
            (Array(text.replacing("\u{E9}", with: #"\u00e9"#).replacing(", ", with: ",").utf8), body, .reencoded),
            (Array(text.replacing(#"\u00e9"#, with: "\u{E9}").replacing(", ", with: ",").utf8), body, .reencoded),
            (
                Array(
                    text.replacing("\u{E9}", with: #"\u00e9"#).replacing(", ", with: ",").replacing("/", with: #"\/"#)
                        .utf8), body, .reencoded
            ),
            (Array(#"{"m":"\ud83d\ude00 \" \\ , : "}"#.utf8), Array(#"{ "m" : "😀 \" \\ , : " }"#.utf8), .reencoded),
            (Array(#"{"m":"😀"}"#.utf8), Array(#"{ "m" : "\ud83d\ude00" }"#.utf8), .reencoded),
            ([], body, .bodyMissing), (Array("quite another".utf8), body, .unexplained),
        ]
        for (signed, arrived, reason) in cases {
            let found = try diagnose(signature(secret, over: signed), body: arrived)
            #expect(found.reason == reason, "\(String(decoding: signed, as: UTF8.self))")
            #expect(!found.sentence.contains(secret) && found.sentence != found.reason.rawValue)
        }
    }

    @Test("does bounded work and never traps, whatever arrives")
    func total() throws {
        let ring = try ring()
        var randomness = SeededRandomness(state: 5)
        let pieces = [
            "\"", "\\", "\\u", "\\ud83d", "00e9", "payload=", "%", "%4", "é", "\u{1F600}", " ", "\n", "{", ",",
        ]
        for _ in 0..<100 {
            var arrived: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &randomness) {
                arrived += Array((pieces.randomElement(using: &randomness) ?? "").utf8)
                if Bool.random(using: &randomness) { arrived.append(UInt8.random(in: 0...255, using: &randomness)) }
            }
            let found = ring.diagnose(
                keyID: "aaaaaaaaaaaa", fields: signature("nobody's"), body: arrived, nowSeconds: noon)
            #expect(found.reason == .unexplained)
        }
        // A large one is not written anew in every way there is.
        let large = [UInt8](repeating: 0x20, count: BodySuspect.rewritingBytesLimit + 1)
        #expect(BodySuspect.all(of: large).map(\.reason) == [.newlineStripped, .newlineStripped, .bodyMissing])
        #expect(try diagnose(signature("nobody's"), body: large).sentence.contains("too large"))
    }
}
