/// What a request says of its signature, taken apart and decoded; nothing of it is believed yet.
struct PresentedSignature: Sendable {
    /// One sender needs two, while it rolls its secret.
    static let codesLimit = 16
    /// Each may cost a look at the whole body.
    static let publicKeySignaturesLimit = 4
    static let messageIDBytesLimit = 256

    /// The secret itself, where a provider sends it.
    var token: ArraySlice<UInt8>?
    /// HMACs, decoded; any of them may match.
    var codes: [[UInt8]] = []
    /// Ed25519 signatures of 64 bytes; any of them may match.
    var publicKeySignatures: [[UInt8]] = []
    /// What is signed before and behind the body.
    var before: [UInt8] = []
    var after: [UInt8] = []
    /// The moment that is signed, in seconds since 1970.
    var signedSeconds: Int64?
}

/// Why a request's headers are no signature of a scheme.
enum SignatureFault: Error, Equatable {
    case duplicated(CredentialHeader)
    case malformed(CredentialHeader)
    case timestampMissing(CredentialHeader)
    case timestampMalformed(CredentialHeader)

    var refusal: RefusalReason {
        switch self {
        case .duplicated, .malformed: .signatureMalformed
        case .timestampMissing: .timestampMissing
        case .timestampMalformed: .timestampMalformed
        }
    }
}
