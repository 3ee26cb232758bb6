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

    private struct Delivery: Hashable {
        let tenant: String
        let id: String
    }

    /// Events that became durable one after the other.
    private struct Generation {
        /// The last sequence of each.
        var sequences: [Key: UInt64] = [:]
        /// The cids of events whose senders gave them an id, by that id.
        var deliveries: [Delivery: String] = [:]
        /// Behind the last one.
        var end: UInt64 = 0
    }

    private struct State {
        var newer = Generation()
        var older = Generation()
        /// Up to here the log may hold events that are noted nowhere.
        var unnotedBefore: UInt64 = 0
        var indexedBefore: UInt64 = 0
        /// What was noted before it is in the index, or was once.
        var settledBefore: UInt64 = 0
    }

    private let eventsLimit: Int
    private let state = Monitor(State())

    package init(eventsLimit: Int = eventsLimit) {
        self.eventsLimit = eventsLimit
    }

    /// Notes an event that has just become durable.
    ///
    /// - Parameter sentID: the id that the sender gave it, if it did.
    package func note(tenant: String, cid: String, sequence: UInt64, sentID: String? = nil) {
        state.withLock { state in
            guard sequence >= state.settledBefore else { return }
            guard state.newer.sequences.count + state.older.sequences.count < eventsLimit else {
                state.unnotedBefore = max(state.unnotedBefore, sequence + 1)
                return
            }
            state.newer.sequences[Key(tenant: tenant, cid: cid)] = sequence
            state.newer.end = sequence + 1
            if let sentID { state.newer.deliveries[Delivery(tenant: tenant, id: sentID)] = cid }
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

    /// Forgets what the index now has: events before `sequence`. The memory of whole generations goes at once, and outside
    /// the lock, so that whoever notes an event does not wait.
    package func settle(before sequence: UInt64) {
        // Freed outside the lock.
        var settled: [Generation] = []
        state.withLock { state in
            state.indexedBefore = max(state.indexedBefore, sequence)
            state.settledBefore = max(state.settledBefore, sequence)
            if state.older.end <= sequence {
                settled.append(state.older)
                state.older = state.newer
                state.newer = Generation()
            }
            if state.older.end <= sequence, state.newer.sequences.isEmpty {
                settled.append(state.older)
                state.older = Generation()
            }
        }
        settled.removeAll()
    }

    /// The cid of the latest event that its sender gave this id, if the index may not have it yet.
    package func cid(ofDelivery id: String, tenant: String) -> String? {
        state.withLock { state in
            let key = Delivery(tenant: tenant, id: id)
            return state.newer.deliveries[key] ?? state.older.deliveries[key]
        }
    }

    package func answer(tenant: String, cid: String) -> Answer {
        state.withLock { state in
            let key = Key(tenant: tenant, cid: cid)
            if let sequence = state.newer.sequences[key] ?? state.older.sequences[key],
                sequence >= state.settledBefore
            {
                return .known
            }
            return state.indexedBefore < state.unnotedBefore ? .askIndexWhichLags : .askIndex
        }
    }

    /// The sequence before which the index has everything; 0 where it was just begun.
    package var indexedBefore: UInt64 { state.withLock { $0.indexedBefore } }

    /// True once the index holds everything that was noted nowhere else.
    package var isIndexComplete: Bool {
        state.withLock { $0.indexedBefore >= $0.unnotedBefore }
    }
}
