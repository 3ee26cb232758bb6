import HTTPMessage
import Testing

@testable import Authentication

/// A request that a provider's own documents, or its own library, call well signed.
struct SignedRequest: Sendable, CustomTestStringConvertible {
    var source: String
    var provider: WebhookProvider
    var secret: String
    var fields: [(String, String)]
    var body: String
    /// The moment that is signed.
    var signedSeconds: Int64?

    var testDescription: String { source }

    static let published: [SignedRequest] = [
        // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
        SignedRequest(
            source: "GitHub's documents", provider: .github, secret: "It's a Secret to Everybody",
            fields: [
                ("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
            ],
            body: "Hello, World!", signedSeconds: nil),
        // https://api.slack.com/authentication/verifying-requests-from-slack
        SignedRequest(
            source: "Slack's documents", provider: .slack, secret: "8f742231b10e8888abcd99yyyzzz85a5",
            fields: [
                ("X-Slack-Request-Timestamp", "1531420618"),
                ("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
            ],
            body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
                + "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
                + "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
                + "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
            signedSeconds: 1_531_420_618),
        // standard-webhooks/standard-webhooks: the tests of its libraries in JavaScript and Go, "sign function works"
        SignedRequest(
            source: "Standard Webhooks' symmetric vector", provider: .standard,
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            fields: [
                ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"),
                ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ],
            body: #"{"test": 2432232314}"#, signedSeconds: 1_614_265_330),
        // The same repository, libraries/go/webhook_asymmetric_test.go; the public key belongs to the vector's seed.
        SignedRequest(
            source: "Standard Webhooks' asymmetric vector", provider: .standard,
            secret: "whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=",
            fields: [
                ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"),
                (
                    "webhook-signature",
                    "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="
                ),
            ],
            body: #"{"test": 2432232314}"#, signedSeconds: 1_614_265_330),
        // GitLab's signing token is the symmetric scheme above with its own ids.
        SignedRequest(
            source: "GitLab's signing token", provider: .gitlab,
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            fields: [
                ("X-Gitlab-Token", "some other secret"),
                ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"),
                ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ],
            body: #"{"test": 2432232314}"#, signedSeconds: 1_614_265_330),
        SignedRequest(
            source: "GitLab's secret token", provider: .gitlab, secret: "a token, with a comma",
            fields: [("X-Gitlab-Token", "a token, with a comma")], body: "{}", signedSeconds: nil),
        // docs.stripe.com/webhooks/signature: t and v1 in one header, v0 of test events to be ignored.
        SignedRequest(
            source: "Stripe's form", provider: .stripe, secret: "whsec_test_secret_of_stripe",
            fields: [
                (
                    "Stripe-Signature",
                    "t=1492774577,v1=219a42e1ddcb82aa598135e688e5bbebca5efb000e8c5852fd85dab65c70d251,v1=\(String(repeating: "ab", count: 32)),v0=6ffbb59b2300aae63f272406069a9788"
                )
            ],
            body: #"{"id":"evt_1"}"#, signedSeconds: 1_492_774_577),
        // lovasoa/SQLpage: its test of Shopify's webhooks.
        SignedRequest(
            source: "Shopify's form", provider: .shopify, secret: "test-webhook-secret",
            fields: [("X-Shopify-Hmac-SHA256", "QNyObTlKbMx2qDlPF/ZOZcBqg5OgPg+2oky3zldc0Gw=")],
            body: #"{"id":1234567890,"email":"customer@example.com","total_price":"123.45"}"#, signedSeconds: nil),
    ]
}

@Suite("A provider's signature")
struct SignatureSchemeTests {
    private func ring(_ request: SignedRequest, _ settings: WebhookSettings = WebhookSettings()) throws -> KeyRing {
        KeyRing(
            tokens: [],
            secretKeys: [
                try makeKey(
                    "aaaaaaaaaaaa", secrets: [request.secret], provider: request.provider, settings: settings)
            ])
    }

    private func authenticate(
        _ ring: KeyRing, _ pairs: [(String, String)], _ body: String, at now: Int64
    ) throws(AuthenticationError) -> Principal {
        try ring.authenticate(
            PresentedCredentials(fields: fields(pairs), keyID: "aaaaaaaaaaaa"), signed: Array(body.utf8),
            nowSeconds: now)
    }

    @Test("is taken as it was published", arguments: SignedRequest.published)
    func published(_ request: SignedRequest) throws {
        let principal = try authenticate(
            ring(request), request.fields, request.body, at: request.signedSeconds ?? noon)
        #expect(principal.signature?.key.provider == request.provider)
        #expect(principal.signature?.signedSeconds == request.signedSeconds)
    }

    @Test("is refused over another body, and with another secret", arguments: SignedRequest.published)
    func altered(_ request: SignedRequest) throws {
        let now = request.signedSeconds ?? noon
        // A plain token signs nothing: whoever has seen it can send anything.
        if request.source != "GitLab's secret token" {
            #expect(
                error { try authenticate(ring(request), request.fields, request.body + " ", at: now) }?.reason
                    == "signature-mismatch")
        }
        var other = request
        if case .publicKey = SecretFormat(Array(request.secret.utf8)) {
            other.secret = "whpk_" + Base64.encode([UInt8](repeating: 7, count: 32))
        } else if case .symmetric = SecretFormat(Array(request.secret.utf8)) {
            other.secret = "whsec_" + Base64.encode([UInt8](repeating: 7, count: 32))
        } else {
            other.secret += "x"
        }
        #expect(
            error { try authenticate(ring(other), request.fields, request.body, at: now) }
                == .refused(.signatureMismatch, credentialID: "aaaaaaaaaaaa"))
    }

    @Test(
        "is refused where one of its headers is missing, and 400 where one comes twice",
        arguments: SignedRequest.published)
    func headers(_ request: SignedRequest) throws {
        let now = request.signedSeconds ?? noon
        for index in request.fields.indices where request.fields[index].1 != "some other secret" {
            var fewer = request.fields
            let removed = fewer.remove(at: index)
            let missing = error { try authenticate(ring(request), fewer, request.body, at: now) }
            guard case .refused(_, "aaaaaaaaaaaa") = missing else {
                Issue.record("without \(removed.0): \(String(describing: missing))")
                continue
            }
            // With a token a broken signature beside it is nobody's.
            guard request.provider != .gitlab else { continue }
            let twice = error { try authenticate(ring(request), request.fields + [removed], request.body, at: now) }
            #expect(twice == .duplicatedHeader(CredentialHeader(removed.0)))
        }
    }

    @Test("is good within the key's tolerance of its moment, and not beyond", arguments: SignedRequest.published)
    func tolerance(_ request: SignedRequest) throws {
        guard let signed = request.signedSeconds else { return }
        var settings = WebhookSettings()
        for seconds in [Int64(300), 60] {
            settings.toleranceSeconds = Int(seconds)
            let ring = try ring(request, settings)
            for now in [signed - seconds, signed + seconds] {
                _ = try authenticate(ring, request.fields, request.body, at: now)
            }
            for now in [signed - seconds - 1, signed + seconds + 1] {
                #expect(
                    error { try authenticate(ring, request.fields, request.body, at: now) }
                        == .refused(.timestampOutsideTolerance, credentialID: "aaaaaaaaaaaa"))
            }
        }
    }

    @Test("is what the signer makes, too", arguments: SignedRequest.published)
    func signer(_ request: SignedRequest) throws {
        let record = try makeKey("aaaaaaaaaaaa", secrets: [request.secret], provider: request.provider)
        let signer = RequestSigner(record)
        let now = request.signedSeconds ?? noon
        if case .publicKey = SecretFormat(Array(request.secret.utf8)) {
            #expect(throws: RequestSigner.Failure.publicKeyOnly) {
                try signer.fields(signing: [], messageID: "m", nowSeconds: now)
            }
            return
        }
        let made = try signer.fields(
            signing: Array(request.body.utf8), messageID: "msg_p5jXN8AQM9LWM0D4loKWxJek", nowSeconds: now)
        _ = try authenticate(ring(request), made, request.body, at: now)
        for (name, value) in made where request.provider != .stripe {
            #expect(request.fields.contains { $0 == (name, value) }, "\(name): \(value)")
        }
    }

    @Test("of a generic key is what the key says")
    func generic() throws {
        let secret = "a key of sixteen"
        var plain = WebhookSettings()
        plain.scheme = try GenericScheme(header: "X-Sig", algorithm: .sha1)
        var timed = WebhookSettings()
        timed.scheme = try GenericScheme(
            header: "X-Sig", algorithm: .sha512, encoding: .base64, prefix: "v1,", timestampHeader: "X-Time",
            signs: "v1:{timestamp}:{body};")
        let sha1 = "2b4ad08104cd8b668ccd2aab903f42d15990f7c4"
        let sha512 =
            "c7sAsZQxHgbD73sqDuk8r7eg05n7FzJLp9KIu3Y2RoAoJDSmJ5HCEgtebNFE"
            + "6FlHctMJQU7IGKn4de6tRZbw2g=="
        let requests: [(WebhookSettings, [(String, String)])] = [
            (plain, [("X-Sig", sha1)]), (timed, [("X-Sig", "v1," + sha512), ("X-Time", "1700000000")]),
        ]
        for (settings, pairs) in requests {
            let record = try makeKey("aaaaaaaaaaaa", secrets: [secret], provider: .generic, settings: settings)
            let ring = KeyRing(tokens: [], secretKeys: [record])
            let now: Int64 = 1_700_000_000
            let principal = try authenticate(ring, pairs, "body", at: now)
            #expect(principal.signature?.signedSeconds == (pairs.count == 2 ? now : nil))
            #expect(error { try authenticate(ring, pairs, "body2", at: now) }?.reason == "signature-mismatch")
            let made = try RequestSigner(record).fields(signing: Array("body".utf8), messageID: "m", nowSeconds: now)
            #expect(made.elementsEqual(pairs, by: { $0 == $1 }))
            // The other key's form is no signature of this one.
            for wrong in requests where wrong.1.count != pairs.count {
                let reason = error { try authenticate(ring, wrong.1, "body", at: now) }?.reason
                // Without a comma in the key's prefix one in the value joins two headers.
                #expect(reason == (pairs.count == 2 ? "signature-malformed" : "credential-header-duplicated"))
            }
        }
        let ring = KeyRing(
            tokens: [],
            secretKeys: [try makeKey("aaaaaaaaaaaa", secrets: [secret], provider: .generic, settings: timed)])
        let signature = ("X-Sig", "v1," + sha512)
        let faults: [([(String, String)], String)] = [
            ([signature], "timestamp-missing"), ([signature, ("X-Time", "now")], "timestamp-malformed"),
            ([signature, ("X-Time", "-1700000000")], "timestamp-malformed"),
            ([signature, ("X-Time", "1700000000000")], "timestamp-malformed"),
            ([signature, ("X-Time", "1700000001")], "signature-mismatch"),
            ([("X-Time", "1700000000")], "signature-missing"),
        ]
        for (pairs, reason) in faults {
            #expect(error { try authenticate(ring, pairs, "body", at: 1_700_000_000) }?.reason == reason)
        }
    }

    @Test("that could be cut in two ways, or has more parts than a sender needs, is malformed")
    func limits() throws {
        let standard = SignedRequest.published[2]
        let code = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        let lists = [
            ("a.b", code), (String(repeating: "x", count: 257), code), ("m", "v1,"), ("m", "v2,abc"), ("m", "v1,AAAA"),
            ("m", Array(repeating: code, count: 17).joined(separator: " ")),
            (
                "m",
                Array(repeating: "v1a," + Base64.encode([UInt8](repeating: 1, count: 64)), count: 5)
                    .joined(separator: " ")
            ),
        ]
        for (id, signature) in lists {
            let pairs = [("webhook-id", id), ("webhook-timestamp", "1614265330"), ("webhook-signature", signature)]
            #expect(
                error { try authenticate(ring(standard), pairs, standard.body, at: 1_614_265_330) }?.reason
                    == "signature-malformed")
        }
        let joined = [standard.fields[0], standard.fields[1], ("webhook-signature", code + ", " + code)]
        #expect(
            error { try authenticate(ring(standard), joined, standard.body, at: 1_614_265_330) }
                == .duplicatedHeader(.standardSignature))
        let several = [standard.fields[0], standard.fields[1], ("webhook-signature", "v2,x v1,AA== \(code) v1a,x")]
        _ = try authenticate(ring(standard), several, standard.body, at: 1_614_265_330)

        let stripe = try #require(SignedRequest.published.first { $0.provider == .stripe })
        let v1 = ",v1=" + String(repeating: "ab", count: 32)
        let values = [
            "t=1492774577", "t=1492774577,v1=", "t=1492774577,v0=00", "t=1492774577" + String(repeating: v1, count: 17),
        ]
        for value in values {
            #expect(
                error { try authenticate(ring(stripe), [("Stripe-Signature", value)], "", at: 1_492_774_577) }?.reason
                    == "signature-malformed")
        }
        #expect(
            error { try authenticate(ring(stripe), [("Stripe-Signature", "t=1,t=2" + v1)], "", at: 1) }
                == .duplicatedHeader(.stripeSignature))
    }

    @Test("of one provider says nothing to a key of another", arguments: SignedRequest.published)
    func otherProviders(_ request: SignedRequest) throws {
        for provider in WebhookProvider.allCases where provider != request.provider && provider != .generic {
            guard provider.accepts(Secret(request.secret)) else { continue }
            // GitLab's signing token is Standard Webhooks.
            guard Set([provider, request.provider]) != [.gitlab, .standard] else { continue }
            var other = request
            other.provider = provider
            let refusal = error {
                try authenticate(ring(other), request.fields, request.body, at: request.signedSeconds ?? noon)
            }
            #expect(refusal == .refused(.signatureMissing, credentialID: "aaaaaaaaaaaa"), "\(provider)")
        }
    }
}

@Suite("Base64")
struct Base64Tests {
    @Test(
        "is written and read as RFC 4648 §10 says",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(Array(encoded.utf8)[...]) == Array(text.utf8))
    }

    @Test(
        "in a form that the encoder does not write is refused",
        arguments: [
            "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v ", "Zm-_", "Zm9v\n",
        ])
    func refused(_ text: String) {
        #expect(Base64.decode(Array(text.utf8)[...]) == nil)
    }
}
