import Threading

/// Cids that are on disk but may not be in the index yet, so that a sender's first question finds its event.
///
/// The thread that made an event durable notes its cid before the 202 goes out; the indexer forgets it when the row is
/// in the index. So no index write stands on the way of a 202.
package final class RecentEvents: Sendable {
    /// What is known of a cid without the index.
    package enum Answer: Sendable, Equatable {
        case known
        /// Not here; the index has everything else.
        case askIndex
        /// Not here, and the index still misses events: it may know less than the log.
        case askIndexWhichLags
    }

    /// 64 Ki events of 150 bytes each; beyond it a question may have to be asked again.
    package static let eventsLimit = 1 << 16

    private struct Key: Hashable {
        let tenant: String
        let cid: String
    }

    /// Events that became durable one after the other.
    private struct Generation {
        var keys: Set<Key> = []
        /// Behind the last one.
        var end: UInt64 = 0
    }

    private struct State {
        var newer = Generation()
        var older = Generation()
        /// Up to here the log may hold events that are noted nowhere.
        var unnotedBefore: UInt64 = 0
        var indexedBefore: UInt64 = 0
    }

    private let eventsLimit: Int
    private let state = Monitor(State())

    package init(eventsLimit: Int = eventsLimit) {
        self.eventsLimit = eventsLimit
    }

    /// Notes an event that has just become durable.
    package func note(tenant: String, cid: String, sequence: UInt64) {
        state.withLock { state in
            guard sequence >= state.indexedBefore else { return }
            guard state.newer.keys.count + state.older.keys.count < eventsLimit else {
                state.unnotedBefore = max(state.unnotedBefore, sequence + 1)
                return
            }
            state.newer.keys.insert(Key(tenant: tenant, cid: cid))
            state.newer.end = sequence + 1
        }
    }

    /// Says that the log holds events up to `sequence` that were noted nowhere: at the start, after a crash.
    package func noteUnnoted(before sequence: UInt64) {
        state.withLock { $0.unnotedBefore = max($0.unnotedBefore, sequence) }
    }

    /// Forgets what the index now has: events before `sequence`. Whole generations go at once, so that whoever notes an
    /// event does not wait; an event stays for one settling more than it must.
    package func settle(before sequence: UInt64) {
        // Freed outside the lock.
        var settled: [Generation] = []
        state.withLock { state in
            state.indexedBefore = max(state.indexedBefore, sequence)
            if state.older.end <= sequence {
                settled.append(state.older)
                state.older = state.newer
                state.newer = Generation()
            }
            if state.older.end <= sequence, state.newer.keys.isEmpty {
                settled.append(state.older)
                state.older = Generation()
            }
        }
        settled.removeAll()
    }

    package func answer(tenant: String, cid: String) -> Answer {
        state.withLock { state in
            let key = Key(tenant: tenant, cid: cid)
            if state.newer.keys.contains(key) || state.older.keys.contains(key) { return .known }
            return state.indexedBefore < state.unnotedBefore ? .askIndexWhichLags : .askIndex
        }
    }

    /// True once the index holds everything that was noted nowhere else.
    package var isIndexComplete: Bool {
        state.withLock { $0.indexedBefore >= $0.unnotedBefore }
    }
}
