import Authentication
import HTTPMessage

extension Piece {
    /// What it costs to know a sender: by a token, by a signature over 8 KiB, and to turn one away.
    static var authentications: [Piece] {
        [
            piece("auth-token") { bench in (bench.token, nil) },
            piece("auth-github-8KiB") { bench in (nil, try bench.signature(.github)) },
            piece("auth-stripe-8KiB") { bench in (nil, try bench.signature(.stripe)) },
            piece("auth-standard-8KiB") { bench in (nil, try bench.signature(.standard)) },
            piece("refuse-token") { _ in (.single(ArraySlice("fxt_nonsense".utf8)), nil) },
            piece("refuse-github-8KiB") { bench in (nil, try bench.forged(.github)) },
            piece("refuse-bare-8KiB-of-8-secrets") { bench in
                (nil, (try bench.forged(.github).fields, nil))
            },
        ]
    }

    private typealias Presented = (apiKey: PresentedHeader?, signature: (fields: HTTPFields, keyID: String?)?)

    private static func piece(
        _ name: String, present: @escaping @Sendable (AuthenticationBench) throws -> Presented
    ) -> Piece {
        Piece(name: name) {
            let bench = try AuthenticationBench()
            let (apiKey, signature) = try present(bench)
            let presented = PresentedCredentials(
                apiKey: apiKey ?? .absent, fields: signature?.fields ?? HTTPFields(), keyID: signature?.keyID)
            let (ring, body, now) = (bench.ring, bench.body, AuthenticationBench.nowSeconds)
            return { count in
                for _ in 0..<count { use(try? ring.authenticate(presented, signed: body, nowSeconds: now)) }
            }
        }
    }
}

/// A key ring of a token and eight keys of each provider, and a body of 8 KiB.
private struct AuthenticationBench {
    static let nowSeconds: Int64 = 1_770_000_000

    let ring: KeyRing
    let token: PresentedHeader
    let body = Array(Piece.payload(8192).utf8)
    private let keys: [SecretKeyRecord]

    /// Why there is nothing to measure.
    private struct Failure: Error {}

    init() throws {
        guard let tenant = Tenant("demo") else { throw Failure() }
        var dice = SeededGenerator(seed: 7)
        func credential() -> Credential {
            Credential(
                id: CredentialID.make(using: &dice), tenant: tenant, name: "bench", scopes: .eventsWrite,
                createdSeconds: Self.nowSeconds - 60)
        }
        let owner = credential()
        let made = AccessToken.make(id: owner.id, using: &dice)
        token = .single(Array(made.text.utf8)[...])
        var keys: [SecretKeyRecord] = []
        for provider in [WebhookProvider.github, .stripe, .standard] {
            for _ in 0..<8 {
                keys.append(
                    SecretKeyRecord(
                        credential: credential(), provider: provider,
                        secrets: [
                            .init(value: provider.makeSecret(using: &dice), createdSeconds: Self.nowSeconds - 60)
                        ]))
            }
        }
        self.keys = keys
        ring = KeyRing(tokens: [AccessTokenRecord(credential: owner, digest: made.digest)], secretKeys: keys)
    }

    func signature(_ provider: WebhookProvider) throws -> (fields: HTTPFields, keyID: String?) {
        try signature(provider, over: body)
    }

    func forged(_ provider: WebhookProvider) throws -> (fields: HTTPFields, keyID: String?) {
        try signature(provider, over: [])
    }

    private func signature(
        _ provider: WebhookProvider, over signed: [UInt8]
    ) throws -> (fields: HTTPFields, keyID: String?) {
        guard let key = keys.first(where: { $0.provider == provider }) else { throw Failure() }
        var fields = HTTPFields()
        for (name, value) in try RequestSigner(key).fields(
            signing: signed, messageID: "msg_1", nowSeconds: Self.nowSeconds)
        {
            fields.append(name, value)
        }
        return (fields, key.credential.id)
    }
}
