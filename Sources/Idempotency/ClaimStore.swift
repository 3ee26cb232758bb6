import DurableIO
import Spool
import Threading

/// Knows which event answers for which key, so that a request that comes again makes no second event.
///
/// The truth is the event log: an accepted event carries its ``ClaimStamp``. What is here is derived from it:
/// - keys of events on their way to the disk, and who else asked under them meanwhile,
/// - the latest keys, in memory,
/// - older ones in files (``ClaimRun``), with a filter in front (``ClaimFilter``).
///
/// A new key costs two look-ups in memory. Keys go when the window has passed, or their event has left the log.
package final class ClaimStore: Sendable {
    let options: ClaimOptions
    let state: Monitor<ClaimState>
    private let thread = ThreadSlot()

    package init(_ options: ClaimOptions) {
        self.options = options
        state = Monitor(ClaimState(options))
    }

    // MARK: What a request asks

    /// Takes a key for the event that is about to be written, or says what became of it before.
    ///
    /// - Parameters:
    ///   - nowSeconds: when the request came, since 1970.
    ///   - follower: told later, where the answer is ``ClaimOutcome/following``.
    /// - Returns: ``ClaimOutcome/granted``: then the caller must call ``settle(_:sequence:recordedSeconds:answer:)`` or
    ///   ``release(_:because:)``, or the key stays taken.
    /// - Throws: ``ClaimError`` where a file of keys cannot be read; nothing is taken.
    package func claim(
        _ stamp: ClaimStamp, nowSeconds: Int64, follower: @autoclosure () -> any ClaimFollower
    ) throws(ClaimError) -> ClaimOutcome {
        while true {
            let step = state.withLock { state in
                state.step(stamp, nowSeconds: nowSeconds, options: options, follower: follower)
            }
            switch step {
            case .decided(let outcome): return outcome
            case .search(let runs, let generation):
                let found = try search(runs, for: stamp.key, nowSeconds: nowSeconds)
                let outcome = state.withLock { state -> ClaimOutcome? in
                    // Runs came or went: what they hold must be looked at again.
                    guard state.generation == generation else { return nil }
                    return state.decide(
                        stamp, onFile: found, nowSeconds: nowSeconds, options: options, follower: follower)
                }
                if let outcome { return outcome }
            }
        }
    }

    /// Says that the event of a granted key is on disk. Called on one thread, in the order of the log.
    package func settle(_ stamp: ClaimStamp, sequence: UInt64, recordedSeconds: Int64, answer: ClaimAnswer) {
        var followers: [ClaimState.Follower] = []
        state.update { state in
            followers = state.pending.removeValue(forKey: stamp.key)?.followers ?? []
            state.followersCount -= followers.count
            for follower in followers { state.note(isSame: follower.body == stamp.body) }
            state.recent.note(answer, sequence: sequence, isIndexed: options.indexedBefore)
            return state.add(ClaimEntry(stamp: stamp, sequence: sequence, recordedSeconds: recordedSeconds))
                ? .one : .nobody
        }
        for follower in followers {
            if follower.body == stamp.body {
                follower.follower.claimWasSettled(answer)
            } else {
                follower.follower.claimWasConflicting()
            }
        }
    }

    /// Gives a granted key back, because its event was refused: whoever asked meanwhile is refused likewise.
    package func release(_ stamp: ClaimStamp, because error: SpoolError) {
        let followers = state.withLock { state in
            let followers = state.pending.removeValue(forKey: stamp.key)?.followers ?? []
            state.followersCount -= followers.count
            return followers
        }
        for follower in followers { follower.follower.claimWasReleased(error) }
    }

    private func search(
        _ runs: [ClaimRun], for key: ClaimKey, nowSeconds: Int64
    ) throws(ClaimError) -> ClaimEntry? {
        for run in runs {
            do throws(ClaimError) {
                if let entry = try run.find(key, disk: options.disk) { return entry }
            } catch {
                // Its time was up between the look at the filter and now.
                let isGone = state.withLock { state in !state.runs.contains { $0.run == run } }
                guard isGone else { throw error }
            }
        }
        return nil
    }

    // MARK: What the log tells

    /// Says how far the log is committed, after all of it was settled. Costs a lock.
    package func noteCommit(before sequence: UInt64) {
        state.update { state in
            state.committedNext = sequence
            return state.isWorkDue ? .one : .nobody
        }
    }

    /// Says that the log begins with `sequence` now: keys of earlier events answer for nothing any more.
    package func forgetEvents(before sequence: UInt64) {
        state.withLock { $0.logBegin = max($0.logBegin, sequence) }
    }

    // MARK: The keeper

    /// Starts the thread that reads the keys there are and files the new ones; until it has read them all, keyed
    /// requests are ``ClaimOutcome/notReady``.
    ///
    /// - Parameters:
    ///   - position: where the log stands; only the caller's process may have written behind it.
    ///   - nowSeconds: since 1970.
    package func start(at position: LogPosition, nowSeconds: Int64) throws(ThreadError) {
        state.withLock { $0.committedNext = position.nextSequence }
        let keeper = ClaimKeeper(store: self)
        try thread.start(name: "fx-claims") { keeper.run(from: position, nowSeconds: nowSeconds) }
    }

    /// Files what is in memory and ends the thread. Called when nothing commits any more.
    package func stop() {
        state.update { state in
            state.isStopping = true
            return .all
        }
        thread.join()
    }

    /// Why keyed requests cannot be served; nil if they can.
    package var notReadyBecause: String? {
        state.withLock { state in
            if state.isReady { return nil }
            return state.lastError.map { "\($0)" } ?? "the keys are being read"
        }
    }

    package var statistics: ClaimStatistics {
        state.withLock { state in
            ClaimStatistics(
                keys: state.runs.reduce(state.open.count + (state.sealing?.count ?? 0)) { $0 + $1.run.count },
                pending: state.pending.count, filterBytes: state.filter.bytesCount, repeats: state.repeats,
                conflicts: state.conflicts)
        }
    }
}

/// What a store of keys is made with.
package struct ClaimOptions: Sendable {
    /// 3 MiB in memory, 2.3 MB on disk.
    package static let keysPerRunLimit = ClaimRun.keysLimit

    /// Where its files lie: a directory of its own.
    package var directory: String
    /// The event log.
    package var log: String
    package var disk: any Disk
    /// How long a key answers, counted from its event.
    package var windowSeconds: Int64
    /// How many keys are known at most; beyond it the oldest are forgotten before their time. 2 bytes of memory each.
    package var keysLimit: Int
    /// How many requests may wait for the event of another one.
    package var followersLimit = 4096
    /// How many keys are gathered in memory before they become a file; at most ``keysPerRunLimit``.
    package var keysPerRun = keysPerRunLimit
    /// How much of the log is read again after a crash, at most: a fraction of a second's work.
    package var unfiledSequencesLimit: UInt64 = 1 << 18
    /// The index has all events before this sequence: what it knows is not kept in memory too.
    package var indexedBefore: @Sendable () -> UInt64
    /// Called on the keeper's thread.
    package var notice: @Sendable (ClaimNotice) -> Void

    package init(
        directory: String, log: String, disk: any Disk, windowSeconds: Int64, keysLimit: Int,
        indexedBefore: @escaping @Sendable () -> UInt64, notice: @escaping @Sendable (ClaimNotice) -> Void
    ) {
        self.directory = directory
        self.log = log
        self.disk = disk
        self.windowSeconds = windowSeconds
        self.keysLimit = keysLimit
        self.indexedBefore = indexedBefore
        self.notice = notice
    }
}

package enum ClaimOutcome: Sendable, Equatable {
    /// The key is the caller's until it is settled or released.
    case granted
    /// An event answers for the key and came with the same body. The answer is nil where only the index knows it.
    case settled(sequence: UInt64, ClaimAnswer?)
    /// An event of the key is on its way to the disk; the follower is told what became of it.
    case following
    /// The key came before with another body.
    case conflicting
    /// The keys are still being read from the disk, or cannot be.
    case notReady
    /// Too many requests wait for the events of others.
    case tooManyFollowers(limit: Int)
}

/// Somebody who waits for the event of another request with the same key. Told exactly once.
package protocol ClaimFollower: AnyObject, Sendable {
    func claimWasSettled(_ answer: ClaimAnswer)
    /// The event is on disk, and its body was another one.
    func claimWasConflicting()
    func claimWasReleased(_ error: SpoolError)
}

/// What an operator should hear of.
package enum ClaimNotice: Sendable, Equatable {
    /// All keys of the log are known.
    case ready(keys: Int)
    /// The files of keys are no good and are made anew from the log.
    case rebuilding(because: ClaimError)
    case failed(ClaimError)
    /// There were so many keys that some were forgotten before the window had passed.
    case windowCutShort(keys: Int)
}

package struct ClaimStatistics: Sendable, Equatable {
    package var keys: Int
    package var pending: Int
    package var filterBytes: Int
    /// Requests that were answered with an earlier one's event, since the start.
    package var repeats: UInt64
    /// Requests that came under the key of one with another body, since the start.
    package var conflicts: UInt64
}
