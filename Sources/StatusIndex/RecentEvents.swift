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

    private struct State {
        var lastSequence: [Key: UInt64] = [:]
        /// In the order of their sequences; entries before `first` are settled.
        var queue: [(sequence: UInt64, key: Key)] = []
        var first = 0
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
            guard state.queue.count - state.first < eventsLimit else {
                state.unnotedBefore = max(state.unnotedBefore, sequence + 1)
                return
            }
            let key = Key(tenant: tenant, cid: cid)
            state.lastSequence[key] = sequence
            state.queue.append((sequence, key))
        }
    }

    /// Says that the index may lack any event before `sequence`, also those that were forgotten here: at the start, and
    /// when the index is begun anew.
    package func indexMayLack(before sequence: UInt64) {
        state.withLock { state in
            state.unnotedBefore = max(state.unnotedBefore, sequence)
            state.indexedBefore = 0
        }
    }

    /// Forgets what the index now has: every event before `sequence`.
    package func settle(before sequence: UInt64) {
        state.withLock { state in
            state.indexedBefore = max(state.indexedBefore, sequence)
            while state.first < state.queue.count, state.queue[state.first].sequence < sequence {
                let entry = state.queue[state.first]
                if state.lastSequence[entry.key] == entry.sequence { state.lastSequence[entry.key] = nil }
                state.first += 1
            }
            if state.first == state.queue.count || state.first > 4096 {
                state.queue.removeFirst(state.first)
                state.first = 0
            }
        }
    }

    package func answer(tenant: String, cid: String) -> Answer {
        state.withLock { state in
            if state.lastSequence[Key(tenant: tenant, cid: cid)] != nil { return .known }
            return state.indexedBefore < state.unnotedBefore ? .askIndexWhichLags : .askIndex
        }
    }

    /// True once the index holds everything that was noted nowhere else.
    package var isIndexComplete: Bool {
        state.withLock { $0.indexedBefore >= $0.unnotedBefore }
    }
}
