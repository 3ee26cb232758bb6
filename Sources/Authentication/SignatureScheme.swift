import Crypto
import HTTPMessage

/// How the requests of one secret key are signed. Made with the key; nothing in a request changes it.
struct SignatureScheme: Sendable {
    let provider: WebhookProvider
    /// How far the signed moment may lie from the arrival, either way.
    let toleranceSeconds: Int64
    private let generic: Generic?

    private struct Generic: Sendable {
        let description: GenericScheme
        let header: CredentialHeader
        let timestampHeader: CredentialHeader?
        let prefix: [UInt8]
        let codeBytesCount: Int
    }

    /// - Precondition: a generic key has a description.
    init(provider: WebhookProvider, settings: WebhookSettings) {
        self.provider = provider
        toleranceSeconds = Int64(settings.toleranceSeconds)
        generic = settings.scheme.map { scheme in
            Generic(
                description: scheme, header: CredentialHeader(scheme.header),
                timestampHeader: scheme.timestampHeader.map { CredentialHeader($0) }, prefix: Array(scheme.prefix.utf8),
                codeBytesCount: scheme.algorithm.codeBytesCount)
        }
        precondition(provider != .generic || generic != nil, "nobody has said how a generic key is signed")
    }

    /// The header without which there is no signature.
    var header: CredentialHeader {
        switch provider {
        case .github: .hubSignature
        case .gitlab: .gitLabToken
        case .stripe: .stripeSignature
        case .slack: .slackSignature
        case .shopify: .shopifySignature
        case .standard: .standardSignature
        case .generic: generic?.header ?? .hubSignature
        }
    }

    /// Takes the signature out of a request's fields.
    ///
    /// - Returns: nil if there is none.
    /// - Throws: ``SignatureFault`` if there is one that no sender of this kind would send.
    func read(_ fields: HTTPFields) throws(SignatureFault) -> PresentedSignature? {
        switch provider {
        case .github:
            guard let value = try Self.single(.hubSignature, in: fields) else { return nil }
            guard let code = HubSignature.decode(value) else { throw .malformed(.hubSignature) }
            return PresentedSignature(codes: [code])
        case .gitlab: return try Self.readGitLab(fields)
        case .stripe: return try Self.readStripe(fields)
        case .slack: return try Self.readSlack(fields)
        case .shopify:
            guard let value = try Self.single(.shopifySignature, in: fields) else { return nil }
            guard let code = Base64.decode(value), code.count == SHA256.byteCount else {
                throw .malformed(.shopifySignature)
            }
            return PresentedSignature(codes: [code])
        case .standard: return try Self.readStandard(fields)
        case .generic: return try readGeneric(fields)
        }
    }

    /// Nothing is wrong with two timestamps in one request but that readers may disagree about which one counts.
    private static func single(
        _ header: CredentialHeader, in fields: HTTPFields, commasCount: Int = 0
    ) throws(SignatureFault) -> ArraySlice<UInt8>? {
        let first = fields.first(header.field)
        guard first != nil else { return nil }
        let presented = PresentedHeader(
            first: first, occurrences: fields.occurrences(of: header.field), commasCount: commasCount)
        switch presented {
        case .absent: return nil
        case .single(let value): return value
        case .duplicated: throw .duplicated(header)
        }
    }

    private static func timestamp(
        _ header: CredentialHeader, in fields: HTTPFields
    ) throws(SignatureFault) -> (text: ArraySlice<UInt8>, seconds: Int64) {
        guard let text = try single(header, in: fields) else { throw .timestampMissing(header) }
        guard let seconds = seconds(text) else { throw .timestampMalformed(header) }
        return (text, seconds)
    }

    /// One to twelve digits: until the year 33,658.
    private static func seconds(_ text: ArraySlice<UInt8>) -> Int64? {
        guard (1...12).contains(text.count) else { return nil }
        var value: Int64 = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}

// MARK: - The providers

extension SignatureScheme {
    /// `X-Gitlab-Token: <the secret>`, and where the hook has a signing token, Standard Webhooks' headers too.
    private static func readGitLab(_ fields: HTTPFields) throws(SignatureFault) -> PresentedSignature? {
        // A secret that the operator made up may have commas.
        let token = try single(.gitLabToken, in: fields, commasCount: .max)
        guard let token else { return try readStandard(fields) }
        var presented = PresentedSignature()
        do throws(SignatureFault) {
            presented = try readStandard(fields) ?? presented
        } catch {
            // A proxy's `webhook-id`, say, takes nothing from the token.
        }
        presented.token = token
        return presented
    }

    /// `Stripe-Signature: t=1492774577,v1=<64 hex digits>,v1=…,v0=…` over `<t>.<body>`; `v0` is of test events.
    private static func readStripe(_ fields: HTTPFields) throws(SignatureFault) -> PresentedSignature? {
        guard let value = try single(.stripeSignature, in: fields, commasCount: .max) else { return nil }
        var presented = PresentedSignature()
        var timestamp: ArraySlice<UInt8>?
        for item in value.split(separator: UInt8(ascii: ",")) {
            let item = item.drop { $0 == UInt8(ascii: " ") }
            if item.starts(with: "t=".utf8) {
                // Two headers that a hop has joined have two.
                guard timestamp == nil else { throw .duplicated(.stripeSignature) }
                timestamp = item.dropFirst(2)
            } else if item.starts(with: "v1=".utf8) {
                guard let code = Hex.decode(item.dropFirst(3)), code.count == SHA256.byteCount,
                    presented.codes.count < PresentedSignature.codesLimit
                else { throw .malformed(.stripeSignature) }
                presented.codes.append(code)
            }
        }
        guard let timestamp else { throw .timestampMissing(.stripeSignature) }
        guard let seconds = seconds(timestamp) else { throw .timestampMalformed(.stripeSignature) }
        guard !presented.codes.isEmpty else { throw .malformed(.stripeSignature) }
        presented.signedSeconds = seconds
        presented.before = timestamp + [UInt8(ascii: ".")]
        return presented
    }

    /// `X-Slack-Signature: v0=<64 hex digits>` over `v0:<X-Slack-Request-Timestamp>:<body>`.
    private static func readSlack(_ fields: HTTPFields) throws(SignatureFault) -> PresentedSignature? {
        guard let value = try single(.slackSignature, in: fields) else { return nil }
        guard value.starts(with: "v0=".utf8), let code = Hex.decode(value.dropFirst(3)),
            code.count == SHA256.byteCount
        else { throw .malformed(.slackSignature) }
        let timestamp = try timestamp(.slackTimestamp, in: fields)
        return PresentedSignature(
            codes: [code], before: Array("v0:".utf8) + timestamp.text + [UInt8(ascii: ":")],
            signedSeconds: timestamp.seconds)
    }

    /// `webhook-signature: v1,<base64> v1a,<base64>` over `<webhook-id>.<webhook-timestamp>.<body>`.
    private static func readStandard(_ fields: HTTPFields) throws(SignatureFault) -> PresentedSignature? {
        let header = CredentialHeader.standardSignature
        guard let value = try single(header, in: fields, commasCount: .max) else { return nil }
        guard let id = try single(.standardID, in: fields) else { throw .malformed(.standardID) }
        // With a dot in the id the same bytes could be cut into id, time and body in two ways.
        guard id.count <= PresentedSignature.messageIDBytesLimit, !id.contains(UInt8(ascii: ".")) else {
            throw .malformed(.standardID)
        }
        let timestamp = try timestamp(.standardTimestamp, in: fields)
        var presented = PresentedSignature(signedSeconds: timestamp.seconds)
        for item in value.split(separator: UInt8(ascii: " ")) {
            // `v1,<code>, v1,<code>`: two headers that a hop has joined.
            guard item.last != UInt8(ascii: ",") || item.count <= 4 else { throw .duplicated(header) }
            if item.starts(with: "v1,".utf8) {
                guard let code = Base64.decode(item.dropFirst(3)), code.count == SHA256.byteCount else { continue }
                guard presented.codes.count < PresentedSignature.codesLimit else { throw .malformed(header) }
                presented.codes.append(code)
            } else if item.starts(with: "v1a,".utf8) {
                guard let signature = Base64.decode(item.dropFirst(4)), signature.count == 64 else { continue }
                guard presented.publicKeySignatures.count < PresentedSignature.publicKeySignaturesLimit else {
                    throw .malformed(header)
                }
                presented.publicKeySignatures.append(signature)
            }
        }
        guard !presented.codes.isEmpty || !presented.publicKeySignatures.isEmpty else { throw .malformed(header) }
        presented.before = id + [UInt8(ascii: ".")] + timestamp.text + [UInt8(ascii: ".")]
        return presented
    }

    private func readGeneric(_ fields: HTTPFields) throws(SignatureFault) -> PresentedSignature? {
        guard let generic else { return nil }
        var commasCount = 0
        for byte in generic.prefix where byte == UInt8(ascii: ",") { commasCount += 1 }
        guard let value = try Self.single(generic.header, in: fields, commasCount: commasCount) else { return nil }
        guard value.starts(with: generic.prefix) else { throw .malformed(generic.header) }
        let text = value.dropFirst(generic.prefix.count)
        let code: [UInt8]? =
            switch generic.description.encoding {
            case .hex: Hex.decode(text)
            case .base64: Base64.decode(text)
            }
        guard let code, code.count == generic.codeBytesCount else { throw .malformed(generic.header) }
        let template = generic.description.template
        var presented = PresentedSignature(
            codes: [code], before: template.beforeTimestamp, after: template.afterBody)
        if let header = generic.timestampHeader, let afterTimestamp = template.afterTimestamp {
            let timestamp = try Self.timestamp(header, in: fields)
            presented.before += timestamp.text + afterTimestamp
            presented.signedSeconds = timestamp.seconds
        }
        return presented
    }
}

extension GenericScheme.Algorithm {
    var codeBytesCount: Int {
        switch self {
        case .sha1: Insecure.SHA1.byteCount
        case .sha256: SHA256.byteCount
        case .sha512: SHA512.byteCount
        }
    }
}
