/// Why a signature is refused: what the sender, or somebody on the way, has probably done.
package struct SignatureDiagnosis: Sendable, Equatable {
    /// Stable, for logs, the quarantine and programs.
    package enum Reason: String, CaseIterable, Sendable {
        /// Nothing is wrong with it.
        case valid = "valid"
        case keyUnknown = "key-unknown"
        case keyRevoked = "key-revoked"
        case keyExpired = "key-expired"
        /// The key is good, and each of its secrets has run out.
        case secretsExpired = "key-secrets-expired"
        /// The header in which the key's provider signs is missing.
        case headerMissing = "signature-header-missing"
        case headerDuplicated = "signature-header-duplicated"
        case headerMalformed = "signature-malformed"
        case timestampMissing = "timestamp-missing"
        case timestampMalformed = "timestamp-malformed"
        /// Signed well, and too far from the moment of arrival: a clock is off, or it is an old request.
        case clockOff = "clock-off"
        /// Signed with a secret of this key whose overlap is over.
        case previousSecret = "previous-secret"
        /// Signed with the secret of another key of the same tenant.
        case otherKey = "other-key"
        /// The key's secret with a newline or blank at its end.
        case secretWithNewline = "secret-with-newline"
        /// The sender signed the body with a newline at its end, which did not arrive.
        case newlineStripped = "body-newline-stripped"
        /// A newline has come to the end of the body after it was signed.
        case newlineAdded = "body-newline-added"
        /// `\n` has become `\r\n`, or the other way round.
        case newlinesConverted = "body-newlines-converted"
        /// The JSON inside a form was signed, or a form was signed and its decoded text arrived.
        case formDecoded = "body-form-decoded"
        /// The JSON was decoded and encoded again after it was signed.
        case reencoded = "body-reencoded"
        /// The signature is right for an empty body: it was lost on the way, or signed before it was written.
        case bodyMissing = "body-missing"
        /// None of these: most likely another secret.
        case unexplained = "signature-mismatch"
    }

    package let reason: Reason
    /// For people: what it means and what to change. Neither a secret nor an expected signature is in it.
    package let sentence: String
    /// Of ``Reason/otherKey``: whose secret it is.
    package let otherKeyID: String?
    /// Of ``Reason/clockOff``: the moment of arrival minus the signed one, in seconds.
    package let skewSeconds: Int64?

    init(_ reason: Reason, _ sentence: String, otherKeyID: String? = nil, skewSeconds: Int64? = nil) {
        self.reason = reason
        self.sentence = sentence
        self.otherKeyID = otherKeyID
        self.skewSeconds = skewSeconds
    }
}
