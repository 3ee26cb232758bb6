import Authentication
import Synchronization
import Threading

/// Keeps the responder's ``KeyRing`` in step with `credentials.json`.
///
/// The truth is a look at the file's inode, size and times, taken on use when the last one is older than
/// ``checkInterval``: an idle process needs no timer, and a change is never unknown for longer. A file that cannot be
/// used changes nothing: the last good one stays in force, and that is reported once.
package final class CredentialFollower: Sendable {
    /// A stat costs about 1 µs; twice a second is nothing.
    package static let checkInterval = Duration.milliseconds(500)

    package enum Report: Sendable, Equatable {
        case replaced(tokensCount: Int, secretKeysCount: Int)
        /// The file as it is now cannot be used.
        case keptLastGood(CredentialsError)
    }

    private struct Current {
        var keyRing: KeyRing
        var checkedAt: ContinuousClock.Instant

        func isDue(_ now: ContinuousClock.Instant) -> Bool { checkedAt.duration(to: now) >= checkInterval }
        func view(generation: UInt64) -> CredentialView {
            CredentialView(generation: generation, goodUntil: checkedAt.advanced(by: checkInterval), keyRing: keyRing)
        }
    }

    /// What is known of the file; guards the looking, so that one thread looks and the others see what it saw.
    private struct Seen {
        /// Settled: what it holds is in force, or has been refused and reported.
        var version: CredentialFile.Version?
        /// Why it could not be read or used, the last time; nil if it is in force.
        var reported: CredentialsError?
    }

    private let file: CredentialFile
    private let report: @Sendable (Report) -> Void
    private let current: Guarded<Current>
    /// Counts the replacements of the key ring in `current`.
    private let generation = Atomic<UInt64>(1)
    private let seen: Guarded<Seen>

    /// Reads the file for the first time. One that is not there yet is followed too: a fresh installation starts, lets
    /// nobody in, and knows the first credential as soon as it is made.
    ///
    /// - Parameter useNotice: told when a credential was used.
    /// - Parameter report: called on the thread that noticed, one at a time; it must not call the follower.
    /// - Throws: ``CredentialsError`` of a file that is there and no good: there is no last good one yet.
    package init(
        path: String, now: ContinuousClock.Instant = .now, useNotice: UseNotice? = nil,
        report: @escaping @Sendable (Report) -> Void
    ) throws(CredentialsError) {
        file = CredentialFile(path: path)
        self.report = report
        do throws(CredentialsError) {
            let (bytes, version) = try file.read()
            let keyRing = try CredentialSet(json: bytes, path: path).keyRing(replacing: nil, useNotice: useNotice)
            current = Guarded(Current(keyRing: keyRing, checkedAt: now))
            seen = Guarded(Seen(version: version))
        } catch .missing(let missing) {
            let empty = KeyRing(tokens: [], secretKeys: [], useNotice: useNotice)
            current = Guarded(Current(keyRing: empty, checkedAt: now))
            seen = Guarded(Seen(version: nil, reported: .missing(path: missing)))
            report(.keptLastGood(.missing(path: missing)))
        }
    }

    /// The credentials in force, without a lock while a thread's own view of them is good.
    package func keyRing(_ view: inout CredentialView, now: ContinuousClock.Instant) -> KeyRing {
        let generation = generation.load(ordering: .acquiring)
        if view.generation == generation, now < view.goodUntil { return view.keyRing }
        _ = keyRing(now: now)
        view = current.withLock { $0.view(generation: generation) }
        return view.keyRing
    }

    /// The credentials in force, as of at most ``checkInterval`` ago.
    package func keyRing(now: ContinuousClock.Instant) -> KeyRing {
        let (keyRing, isDue) = current.withLock { ($0.keyRing, $0.isDue(now)) }
        guard isDue else { return keyRing }
        return seen.withLock { seen in
            // Whoever held the lock before may have looked already.
            guard current.withLock({ $0.isDue(now) }) else { return current.withLock { $0.keyRing } }
            look(&seen)
            return current.withLock { current in
                current.checkedAt = now
                return current.keyRing
            }
        }
    }

    /// Why the file as it is now is not in force; nil if it is, or if there is none: what is known then is right.
    package var brokenBecause: CredentialsError? {
        let reported = seen.withLock { $0.reported }
        if case .missing = reported { return nil }
        return reported
    }

    /// When each credential was last used, as far as this process and its predecessors know.
    package var lastUses: [CredentialUse] { current.withLock { $0.keyRing }.lastUses }

    /// Takes over what is known from before.
    package func adopt(_ uses: [CredentialUse]) { current.withLock { $0.keyRing }.adopt(uses) }

    /// Looks at the file at once; for a hint that it has changed.
    package func reload() {
        seen.withLock { look(&$0) }
    }

    private func look(_ seen: inout Seen) {
        do throws(CredentialsError) {
            guard let version = try file.version() else { throw .missing(path: file.path) }
            guard version != seen.version else { return }
            let (bytes, readVersion) = try file.read()
            // From here on these bytes are settled: if they are no good, only another version is worth reading.
            seen = Seen(version: readVersion, reported: adopt(bytes))
        } catch {
            // Nothing was read, so the next look tries again; said once until something else is the matter.
            guard seen.reported != error else { return }
            seen = Seen(version: nil, reported: error)
            report(.keptLastGood(error))
        }
    }

    /// - Returns: why the bytes are no good.
    private func adopt(_ bytes: [UInt8]) -> CredentialsError? {
        do throws(CredentialsError) {
            let set = try CredentialSet(json: bytes, path: file.path)
            let keyRing = set.keyRing(replacing: current.withLock { $0.keyRing }, useNotice: nil)
            current.withLock { $0.keyRing = keyRing }
            generation.add(1, ordering: .releasing)
            report(.replaced(tokensCount: keyRing.tokensCount, secretKeysCount: keyRing.secretKeysCount))
            return nil
        } catch {
            report(.keptLastGood(error))
            return error
        }
    }
}

/// What one thread knows of the credentials. Its owner alone uses it.
package struct CredentialView: Sendable {
    fileprivate var generation: UInt64
    fileprivate var goodUntil: ContinuousClock.Instant
    fileprivate var keyRing: KeyRing

    fileprivate init(generation: UInt64, goodUntil: ContinuousClock.Instant, keyRing: KeyRing) {
        self.generation = generation
        self.goodUntil = goodUntil
        self.keyRing = keyRing
    }

    /// Knows nothing yet.
    package init() {
        self.init(generation: 0, goodUntil: .now, keyRing: KeyRing(tokens: [], secretKeys: []))
    }
}
