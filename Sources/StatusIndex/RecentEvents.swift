import Threading

/// Events that are on disk but may not be in the index yet: a sender's first question finds its event, and the indexer need
/// not read again what this process has just written.
///
/// The thread that made an event durable notes it before the 202 goes out; the indexer takes its row from here, and it is
/// forgotten when the row is in the index. So no index write stands on the way of a 202.
package final class RecentEvents: Sendable {
    /// What is known of a cid without the index.
    package enum Answer: Sendable, Equatable {
        case known
        /// Not here; the index has everything else.
        case askIndex
        /// Not here, and the index still misses events: it may know less than the log.
        case askIndexWhichLags
    }

    /// Beyond one of these the indexer reads the log, and a question may have to be asked again. 25 ms at 40,000 events a
    /// second are 1,000.
    package struct Limits: Sendable {
        package var events: Int
        package var bytes: Int

        package init(events: Int = 1 << 16, bytes: Int = 16 << 20) {
            self.events = events
            self.bytes = bytes
        }
    }

    /// Events that became durable one after the other. They are in memory of their own that goes at once.
    private struct Generation {
        private(set) var events: [RecentEvent] = []
        private(set) var bytesCount = 0
        private var names = RecentNames()

        /// So many at most are hashed by one question: 0.2 ms for whoever waits for the lock.
        private static let unhashedLimit = 2048

        var isEmpty: Bool { events.isEmpty }
        /// Behind the last one.
        var end: UInt64 { events.last.map { $0.sequence + 1 } ?? 0 }

        mutating func append(_ event: RecentEvent) {
            bytesCount += event.bytesCount
            events.append(event)
            names.add(upTo: events.count - Self.unhashedLimit, of: events)
        }

        mutating func latest(_ kind: RecentNames.Kind, _ name: String, tenant: String) -> RecentEvent? {
            names.add(upTo: events.count, of: events)
            return names.find(kind, name, tenant: tenant, in: events).map { events[$0] }
        }
    }

    private struct State {
        /// Only this one grows.
        var newer = Generation()
        var older = Generation()
        /// Up to here the log may hold events that are noted nowhere.
        var unnotedBefore: UInt64 = 0
        var indexedBefore: UInt64 = 0
        /// What was noted before it is in the index, or was once.
        var settledBefore: UInt64 = 0

        mutating func latest(_ kind: RecentNames.Kind, _ name: String, tenant: String) -> RecentEvent? {
            newer.latest(kind, name, tenant: tenant) ?? older.latest(kind, name, tenant: tenant)
        }

        /// Gives what can be freed, which is the caller's to do outside the lock.
        mutating func settle(before sequence: UInt64) -> [Generation] {
            indexedBefore = max(indexedBefore, sequence)
            settledBefore = max(settledBefore, sequence)
            var settled: [Generation] = []
            while older.end <= sequence, !(older.isEmpty && newer.isEmpty) {
                if !older.isEmpty { settled.append(older) }
                older = newer
                newer = Generation()
            }
            return settled
        }
    }

    private let limits: Limits
    private let state = Monitor(State())

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Notes an event that has just become durable; each has a higher sequence than the one before.
    package func note(_ event: RecentEvent) {
        state.withLock { state in
            guard event.sequence >= state.settledBefore else { return }
            guard state.newer.events.count + state.older.events.count < limits.events,
                state.newer.bytesCount + state.older.bytesCount + event.bytesCount <= limits.bytes
            else {
                state.unnotedBefore = max(state.unnotedBefore, event.sequence + 1)
                return
            }
            state.newer.append(event)
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
        var settled = state.withLock { $0.settle(before: sequence) }
        settled.removeAll()
    }

    /// The events of the log from `sequence` on, without a gap, as far as they are known here; what is before is in the
    /// index, and is forgotten.
    ///
    /// Copies nothing: the events that come are kept elsewhere until these are settled.
    func follow(from sequence: UInt64, limit: Int) -> ArraySlice<RecentEvent> {
        var settled: [Generation] = []
        let known = state.withLock { state in
            settled = state.settle(before: sequence)
            return state.older.events
        }
        settled.removeAll()
        let first = Self.index(of: sequence, in: known)
        var end = first
        while end < known.count, end - first < limit, known[end].sequence == sequence + UInt64(end - first) { end += 1 }
        return known[first..<end]
    }

    /// The first one at or behind `sequence`.
    private static func index(of sequence: UInt64, in events: [RecentEvent]) -> Int {
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The cid of the latest event that its sender gave this id, if the index may not have it yet.
    package func cid(ofDelivery id: String, tenant: String) -> String? {
        state.withLock { $0.latest(.sentID, id, tenant: tenant)?.cid }
    }

    package func answer(tenant: String, cid: String) -> Answer {
        state.withLock { state in
            if let event = state.latest(.cid, cid, tenant: tenant), event.sequence >= state.settledBefore {
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
