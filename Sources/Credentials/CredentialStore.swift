import Authentication

/// The file of tokens and secret keys, as fxctl changes it.
///
/// Every change reads, alters and replaces the file under one lock: of any number of processes none loses another's
/// change, and a reader sees the state before or after one, whole. The file is readable by its owner only; one that
/// others can read is refused, as ssh refuses such keys, because what is in it must be taken for known.
package struct CredentialStore: Sendable {
    /// A key shorter than 16 bytes can be guessed; a longer one than 1024 was not meant.
    package static let secretBytes = 16...1024

    private let file: CredentialFile

    /// - Parameter path: of `credentials.json`; `<path>.lock` and `<path>.new` beside it belong to the store too.
    package init(path: String) {
        file = CredentialFile(path: path)
    }

    /// - Throws: ``CredentialsError/missing`` if nothing was ever created here.
    package func contents() throws(CredentialsError) -> CredentialSet {
        try CredentialSet(json: try file.read().bytes, path: file.path)
    }

    /// - Throws: ``CredentialsError/unknownSecretKey``, and as ``contents()`` does.
    package func secretKey(_ id: String) throws(CredentialsError) -> SecretKeyRecord {
        guard let record = try contents().secretKeys.first(where: { $0.credential.id == id }) else {
            throw .unknownSecretKey(id: id)
        }
        return record
    }

    /// The token is in the answer, and nowhere else ever again.
    package func createToken(
        _ request: CredentialRequest, nowSeconds: Int64, using randomness: inout some RandomNumberGenerator
    ) throws(CredentialsError) -> (token: AccessToken, record: AccessTokenRecord) {
        try change(orCreate: true) { set throws(CredentialsError) in
            try Self.admit(request, to: set, nowSeconds: nowSeconds)
            let token = AccessToken.make(id: set.freshID(using: &randomness), using: &randomness)
            let credential = request.credential(id: token.id, nowSeconds: nowSeconds)
            let record = AccessTokenRecord(credential: credential, digest: token.digest)
            set.tokens.append(record)
            return (token, record)
        }
    }

    /// - Parameter secret: what the provider signs with, given by the operator; nil makes one of 32 random bytes.
    package func createSecretKey(
        _ request: CredentialRequest, provider: WebhookProvider, settings: WebhookSettings = WebhookSettings(),
        secret given: Secret? = nil, nowSeconds: Int64, using randomness: inout some RandomNumberGenerator
    ) throws(CredentialsError) -> SecretKeyRecord {
        if let given { try Self.check(given, provider) }
        return try change(orCreate: true) { set throws(CredentialsError) in
            try Self.admit(request, to: set, nowSeconds: nowSeconds)
            try Self.refuseTaken(given, in: set, nowSeconds: nowSeconds)
            let id = set.freshID(using: &randomness)
            let value = given ?? provider.makeSecret(using: &randomness)
            let record = SecretKeyRecord(
                credential: request.credential(id: id, nowSeconds: nowSeconds), provider: provider,
                settings: settings, secrets: [.init(value: value, createdSeconds: nowSeconds)])
            set.secretKeys.append(record)
            return record
        }
    }

    /// Gives a key a new secret; the one it has stays good for the overlap, and is remembered after it.
    ///
    /// - Parameters:
    ///   - given: as for ``createSecretKey(_:provider:settings:secret:nowSeconds:using:)``.
    ///   - isForced: whether a secret that an earlier rotation has left good may end now.
    /// - Throws: ``CredentialsError/rotationUnderWay`` if it may not; nothing has changed then.
    package func rotateSecretKey(
        _ id: String, secret given: Secret? = nil, overlapSeconds: Int64, isForced: Bool = false, nowSeconds: Int64,
        using randomness: inout some RandomNumberGenerator
    ) throws(CredentialsError) -> SecretKeyRecord {
        precondition(overlapSeconds >= 0, "an overlap lies in the future")
        return try change(orCreate: false) { set throws(CredentialsError) in
            let index = try Self.goodKey(id, in: set, nowSeconds: nowSeconds)
            var record = set.secretKeys[index]
            if let given { try Self.check(given, record.provider) }
            try Self.refuseTaken(given, in: set, by: id, nowSeconds: nowSeconds)
            let older = record.secrets.dropLast().compactMap(\.expiresSeconds).filter { $0 > nowSeconds }
            if let end = older.max(), !isForced { throw .rotationUnderWay(id: id, untilSeconds: end) }
            let value = given ?? record.provider.makeSecret(using: &randomness)
            var created = nowSeconds
            if var former = record.secrets.last {
                let end = nowSeconds + overlapSeconds
                former.expiresSeconds = min(former.expiresSeconds ?? end, end)
                // A secret is known by its moment: two of one key have two.
                created = max(created, former.createdSeconds + 1)
                record.secrets = [former]
            }
            record.secrets.append(.init(value: value, createdSeconds: created))
            set.secretKeys[index] = record
            return record
        }
    }

    /// Changes what is set for a key; its secrets stay.
    package func changeSettings(
        ofSecretKey id: String, nowSeconds: Int64,
        _ change: (SecretKeyRecord) throws(WebhookSettingsError) -> WebhookSettings
    ) throws(CredentialsError) -> SecretKeyRecord {
        try self.change(orCreate: false) { set throws(CredentialsError) in
            let index = try Self.goodKey(id, in: set, nowSeconds: nowSeconds)
            do throws(WebhookSettingsError) {
                set.secretKeys[index].settings = try change(set.secretKeys[index])
            } catch {
                throw .settingsInvalid(error)
            }
            return set.secretKeys[index]
        }
    }

    /// Revoking again changes nothing, not even the moment.
    package func revokeToken(_ id: String, nowSeconds: Int64) throws(CredentialsError) -> AccessTokenRecord {
        try change(orCreate: false) { set throws(CredentialsError) in
            guard let index = set.tokens.firstIndex(where: { $0.credential.id == id }) else {
                throw .unknownToken(id: id)
            }
            set.tokens[index].credential.revoke(nowSeconds: nowSeconds)
            return set.tokens[index]
        }
    }

    /// The secrets themselves are removed: nothing can be signed with them any more.
    package func revokeSecretKey(_ id: String, nowSeconds: Int64) throws(CredentialsError) -> SecretKeyRecord {
        try change(orCreate: false) { set throws(CredentialsError) in
            guard let index = set.secretKeys.firstIndex(where: { $0.credential.id == id }) else {
                throw .unknownSecretKey(id: id)
            }
            set.secretKeys[index].credential.revoke(nowSeconds: nowSeconds)
            set.secretKeys[index].secrets = []
            return set.secretKeys[index]
        }
    }

    private func change<Value>(
        orCreate: Bool, _ body: (inout CredentialSet) throws(CredentialsError) -> Value
    ) throws(CredentialsError) -> Value {
        try file.withLock { () throws(CredentialsError) in
            var set = CredentialSet()
            do throws(CredentialsError) {
                set = try contents()
            } catch .missing where orCreate {
                // The first credential makes the file.
            }
            let before = set
            let value = try body(&set)
            if set != before { try file.replace(with: set.json()) }
            return value
        }
    }

    private static func admit(
        _ request: CredentialRequest, to set: CredentialSet, nowSeconds: Int64
    ) throws(CredentialsError) {
        guard set.count < CredentialSet.countLimit else { throw .tooManyCredentials(limit: CredentialSet.countLimit) }
        if let expires = request.expiresSeconds, expires <= nowSeconds { throw .expiryInPast }
    }

    private static func check(_ secret: Secret, _ provider: WebhookProvider) throws(CredentialsError) {
        guard secretBytes.contains(secret.utf8.count) else { throw .secretLengthWrong(bytesCount: secret.utf8.count) }
        guard secret.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .secretNotText }
        guard provider.accepts(secret) else { throw .secretFormatWrong(provider) }
    }

    /// Of two keys with one secret nobody could tell which one had signed.
    ///
    /// One whose time is over is free again, and a key may go back to its own: that is how a rotation is mended which its
    /// provider has not followed.
    private static func refuseTaken(
        _ secret: Secret?, in set: CredentialSet, by id: String? = nil, nowSeconds: Int64
    ) throws(CredentialsError) {
        guard let secret else { return }
        let owner = set.secretKeys.first { key in
            let secrets = key.credential.id == id ? key.secrets.suffix(1) : key.secrets[...]
            return secrets.contains { $0.value == secret && $0.expiresSeconds.map { nowSeconds < $0 } ?? true }
        }
        if let owner { throw .secretTaken(keyID: owner.credential.id) }
    }

    private static func goodKey(
        _ id: String, in set: CredentialSet, nowSeconds: Int64
    ) throws(CredentialsError) -> Int {
        guard let index = set.secretKeys.firstIndex(where: { $0.credential.id == id }) else {
            throw .unknownSecretKey(id: id)
        }
        guard set.secretKeys[index].credential.standing(nowSeconds: nowSeconds) == .good else {
            throw .secretKeyEnded(id: id)
        }
        return index
    }
}

extension Credential {
    fileprivate mutating func revoke(nowSeconds: Int64) {
        if revokedSeconds == nil { revokedSeconds = nowSeconds }
    }
}
