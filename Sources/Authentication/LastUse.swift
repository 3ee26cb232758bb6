import Synchronization

/// When a credential was last good for a request. Shared by the key rings that follow each other.
final class LastUse: Sendable {
    /// Seconds since 1970; 0 stands for never.
    private let value = Atomic<Int64>(0)

    var seconds: Int64? {
        let seconds = value.load(ordering: .relaxed)
        return seconds == 0 ? nil : seconds
    }

    /// - Returns: whether that was news: of all uses in one second, one.
    func note(_ nowSeconds: Int64) -> Bool {
        // A load of a line that every worker has; the store comes once a second.
        guard value.load(ordering: .relaxed) < nowSeconds else { return false }
        value.store(nowSeconds, ordering: .relaxed)
        return true
    }
}

/// Says, once until it is asked, that some credential was used.
package final class UseNotice: Sendable {
    private let isPending = Atomic<Bool>(false)
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called on the thread of a request; it must not wait for anything.
    package init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    func tell() {
        guard !isPending.load(ordering: .relaxed), !isPending.exchange(true, ordering: .relaxed) else { return }
        wake()
    }

    /// Whether something was used since the last call.
    package func take() -> Bool { isPending.exchange(false, ordering: .relaxed) }
}

/// When a credential, or one of a secret key's secrets, was last used.
package struct CredentialUse: Sendable, Equatable {
    package let credentialID: String
    /// Which secret of a key, by the moment of its making; nil for a token.
    package let secretCreatedSeconds: Int64?
    /// Nil where it was not used since this is kept.
    package let lastUsedSeconds: Int64?
    /// Whether a newer secret of the same key replaces it.
    package let isReplaced: Bool

    package init(
        credentialID: String, secretCreatedSeconds: Int64?, lastUsedSeconds: Int64?, isReplaced: Bool = false
    ) {
        self.credentialID = credentialID
        self.secretCreatedSeconds = secretCreatedSeconds
        self.lastUsedSeconds = lastUsedSeconds
        self.isReplaced = isReplaced
    }
}

extension KeyRing {
    /// Every credential's last use, tokens first; in no order within.
    package var lastUses: [CredentialUse] {
        tokens.values.map { token in
            CredentialUse(
                credentialID: token.credential.id, secretCreatedSeconds: nil, lastUsedSeconds: token.lastUse.seconds)
        }
            + keys.values.flatMap { key in
                key.secrets.map { secret in
                    CredentialUse(
                        credentialID: key.credential.id, secretCreatedSeconds: secret.createdSeconds,
                        lastUsedSeconds: secret.lastUse.seconds, isReplaced: secret.isReplaced)
                }
            }
    }

    /// Takes over what was known before this process began.
    package func adopt(_ uses: [CredentialUse]) {
        for use in uses {
            guard let seconds = use.lastUsedSeconds else { continue }
            if let created = use.secretCreatedSeconds {
                _ = keys[use.credentialID]?.secrets.first { $0.createdSeconds == created }?.lastUse.note(seconds)
            } else {
                _ = tokens[use.credentialID]?.lastUse.note(seconds)
            }
        }
    }
}
