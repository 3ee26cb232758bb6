/// Why a request is not let through.
///
/// No case carries a secret, an expected code or a presented value: an error may be logged as it is. To the outside all
/// of ``refused`` look the same (401 without detail); ``reason`` and ``credentialID`` are for the operator's log.
package enum AuthenticationError: Error, Equatable, Sendable {
    /// 401: there is no credential, or one that is not good. The id is known if a stored credential was meant.
    case refused(RefusalReason, credentialID: String?)
    /// 400: a credential header came more than once, so two readers may disagree about which one counts.
    case duplicatedHeader(CredentialHeader)
    /// 403: the credential is good and lacks these scopes.
    case scopeMissing(Scopes, credentialID: String)
    /// 403: the credential is good and does not allow this.
    case denied(DenialReason, credentialID: String)

    /// Stable, for logs and metrics: `token-expired`.
    package var reason: String {
        switch self {
        case .refused(let reason, _): reason.rawValue
        case .duplicatedHeader: "credential-header-duplicated"
        case .scopeMissing: "scope-missing"
        case .denied(let reason, _): reason.rawValue
        }
    }

    /// The stored credential this is about, as far as one could be told.
    package var credentialID: String? {
        switch self {
        case .refused(_, let id): id
        case .duplicatedHeader: nil
        case .scopeMissing(_, let id), .denied(_, let id): id
        }
    }
}

extension AuthenticationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused, .scopeMissing, .denied: credentialID.map { "\(reason) (\($0))" } ?? reason
        case .duplicatedHeader(let header): "\(reason) (\(header.name))"
        }
    }
}

/// What was wrong with a credential.
package enum RefusalReason: String, CaseIterable, Sendable {
    case credentialMissing = "credential-missing"
    case tokenMalformed = "token-malformed"
    case tokenChecksumWrong = "token-checksum-wrong"
    case tokenUnknown = "token-unknown"
    case tokenSecretWrong = "token-secret-wrong"
    case tokenRevoked = "token-revoked"
    case tokenExpired = "token-expired"
    /// The path names a key, and the header in which its provider signs did not come.
    case signatureMissing = "signature-missing"
    case signatureMalformed = "signature-malformed"
    case timestampMissing = "timestamp-missing"
    case timestampMalformed = "timestamp-malformed"
    /// Signed well, and too long before or after the moment of arrival.
    case timestampOutsideTolerance = "timestamp-outside-tolerance"
    case signatureMismatch = "signature-mismatch"
    case keyUnknown = "key-unknown"
    case keyRevoked = "key-revoked"
    case keyExpired = "key-expired"
    /// The key is good, but each of its secrets has run out.
    case keySecretsExpired = "key-secrets-expired"
    /// A good token and a good signature, of two tenants.
    case tenantsDiffer = "tenants-differ"
}

/// What a good credential does not allow.
package enum DenialReason: String, CaseIterable, Sendable {
    case sourceNotAllowed = "source-not-allowed"
    case typeNotAllowed = "type-not-allowed"
}
