import HTTPMessage
import StatusIndex
import Synchronization
import Threading

/// Requests that wait for executions: none of them holds a thread, and one thread answers them all.
///
/// It sleeps until the index has changed, somebody comes, or somebody's time is up; while nobody waits it does not wake.
/// Who comes is looked at after he has come, so that no change falls between his first question and his waiting.
package final class WaitingRoom: Sendable {
    package struct Limits: Sendable {
        package var waiters: Int
        /// So that one tenant cannot take all places.
        package var waitersPerTenant: Int
        /// How often a stream says that it lives.
        package var heartbeatMilliseconds: Int64
        /// A stream ends then, and whoever reads it comes back with a credential that is still good.
        package var streamMilliseconds: Int64 = 15 * 60 * 1000

        package init(waiters: Int = 4096, waitersPerTenant: Int = 2048, heartbeatMilliseconds: Int64 = 15_000) {
            self.waiters = waiters
            self.waitersPerTenant = waitersPerTenant
            self.heartbeatMilliseconds = heartbeatMilliseconds
        }
    }

    private struct State {
        var waiters: [WaitKey: [ObjectIdentifier: StatusWaiter]] = [:]
        var countByTenant: [String: Int] = [:]
        var deadlines = WaitDeadlines()
        /// Whose executions have changed, or who has come.
        var changed: Set<WaitKey> = []
        var isClosed = false
        var isStopping = false
    }

    /// What the thread has to look at.
    private struct Work {
        var waiters: [StatusWaiter] = []
        var due: Set<ObjectIdentifier> = []
        var isClosed = false
    }

    private let limits: Limits
    private let readStatus: ReadStatus
    private let clock: @Sendable () -> Int64
    private let state = Monitor(State())
    private let waitersCount = Atomic<Int>(0)
    private let thread = ThreadSlot()

    /// - Parameter clock: milliseconds that nobody sets.
    package init(recent: RecentEvents, limits: Limits, clock: @escaping @Sendable () -> Int64) {
        readStatus = ReadStatus(recent: recent)
        self.limits = limits
        self.clock = clock
    }

    /// Starts the thread, which reads the index with a reader of its own.
    package func start(index: sending StatusIndexReader) throws(ThreadError) {
        let reader = Reader(index: index)
        try thread.start(name: "fx-waits") { self.run(reader.index) }
    }

    /// Carries the reader to the thread that uses it from then on.
    private final class Reader: @unchecked Sendable {
        // Used by the room's thread only.
        let index: StatusIndexReader
        init(index: sending StatusIndexReader) { self.index = index }
    }

    /// How many wait.
    package var count: Int { waitersCount.load(ordering: .sequentiallyConsistent) }

    /// Whether nobody may wait any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Says that executions have changed in the index. Costs a look at a number while nobody waits.
    package func executionsChanged(_ rows: [ExecutionRow]) {
        guard count > 0 else { return }
        state.update { state in
            let before = state.changed.count
            for row in rows {
                let key = WaitKey(
                    tenant: String(decoding: row.tenant, as: UTF8.self), cid: String(decoding: row.cid, as: UTF8.self))
                if state.waiters[key] != nil { state.changed.insert(key) }
            }
            return state.changed.count > before ? .one : .nobody
        }
    }

    /// Answers everybody with what is known, and lets nobody wait any more; streams end, to be resumed elsewhere.
    package func close() {
        state.update { state in
            state.isClosed = true
            state.changed.formUnion(state.waiters.keys)
            return .one
        }
    }

    /// Ends the thread, when everybody is answered.
    package func stop() {
        close()
        state.update { state in
            state.isStopping = true
            return .all
        }
        thread.join()
    }

    /// Looks at the clock again: it was set forward.
    func wake() { state.update { _ in .one } }

    // MARK: - Coming and going

    /// Sets a request aside until there is something to tell.
    ///
    /// - Throws: ``BridgeError/tooManyWaiters``; then `reply` was not answered.
    func admit(_ key: WaitKey, _ kind: StatusWaiter.Kind, reply: Reply) throws(BridgeError) {
        let now = clock()
        let due =
            switch kind {
            case .page(_, let query): now + Int64(query.waitSeconds) * 1000
            case .stream: now + limits.heartbeatMilliseconds
            }
        try state.withLock { (state) throws(BridgeError) in
            let ofTenant = state.countByTenant[key.tenant, default: 0]
            guard count < limits.waiters, ofTenant < limits.waitersPerTenant else { throw .tooManyWaiters }
            state.countByTenant[key.tenant] = ofTenant + 1
            waitersCount.add(1, ordering: .sequentiallyConsistent)
        }
        // Outside the lock: the peer may be gone already, and says so at once.
        let waiter = StatusWaiter(key, kind, reply: reply, room: self, now: now)
        state.update { state in
            state.waiters[key, default: [:]][ObjectIdentifier(waiter)] = waiter
            state.deadlines.set(waiter, due)
            state.changed.insert(key)
            return .one
        }
        waiter.exchange.observe(waiter)
    }

    /// Forgets a waiter, if it has not gone before.
    func leave(_ waiter: StatusWaiter) {
        state.withLock { state in
            guard state.waiters[waiter.key]?.removeValue(forKey: ObjectIdentifier(waiter)) != nil else { return }
            if state.waiters[waiter.key]?.isEmpty ?? false { state.waiters[waiter.key] = nil }
            state.deadlines.remove(waiter)
            let ofTenant = state.countByTenant[waiter.key.tenant, default: 1] - 1
            state.countByTenant[waiter.key.tenant] = ofTenant > 0 ? ofTenant : nil
            waitersCount.subtract(1, ordering: .sequentiallyConsistent)
        }
    }

    func look(at key: WaitKey) {
        state.update { state in
            state.changed.insert(key)
            return .one
        }
    }

    private func remind(_ waiter: StatusWaiter, at milliseconds: Int64) {
        state.withLock { state in
            guard state.waiters[waiter.key]?[ObjectIdentifier(waiter)] != nil else { return }
            state.deadlines.set(waiter, milliseconds)
        }
    }

    // MARK: - The thread

    private func run(_ index: StatusIndexReader) {
        while let work = nextWork() {
            var knowledge = StatusKnowledge(readStatus: readStatus, index: index)
            for waiter in work.waiters {
                let isDue = work.due.contains(ObjectIdentifier(waiter))
                switch waiter.kind {
                case .page(let subject, let query):
                    answer(waiter, subject, query, isTimeUp: isDue || work.isClosed, &knowledge)
                case .stream(var progress):
                    stream(waiter, &progress, isDue: isDue, isClosed: work.isClosed, &knowledge)
                    waiter.kind = .stream(progress)
                }
            }
        }
    }

    /// Sleeps until there is something to do; nil when it is time to stop.
    private func nextWork() -> Work? {
        while true {
            let take = { [clock] (state: inout State) -> Work?? in Self.take(from: &state, now: clock()) }
            let next = state.withLock { $0.deadlines.next }
            guard let next else { return state.wait(for: take) }
            let pause = max(1, next - clock())
            if let work = state.wait(milliseconds: Int(pause), for: take) { return work }
        }
    }

    private static func take(from state: inout State, now: Int64) -> Work?? {
        let due = state.deadlines.takeDue(now)
        guard !due.isEmpty || !state.changed.isEmpty else { return state.isStopping ? .some(nil) : nil }
        var work = Work(isClosed: state.isClosed)
        for waiter in due { work.due.insert(ObjectIdentifier(waiter)) }
        for key in state.changed { work.waiters += state.waiters[key].map { Array($0.values) } ?? [] }
        work.waiters += due.filter { !state.changed.contains($0.key) }
        state.changed.removeAll(keepingCapacity: true)
        return .some(work)
    }

    private func answer(
        _ waiter: StatusWaiter, _ subject: StatusSubject, _ query: StatusQuery, isTimeUp: Bool,
        _ knowledge: inout StatusKnowledge
    ) {
        do throws(BridgeError) {
            var isEnded = false
            if case .correlation = subject {
                // Before the page: what has ended stays so, and the page is not older.
                isEnded = try knowledge.isSettled(waiter.key)
                guard isEnded || isTimeUp else { return }
            }
            let page = try knowledge.page(of: subject, waiter.key)
            guard isEnded || page.isEnded || isTimeUp else { return }
            leave(waiter)
            waiter.reply.send(page.response(to: query))
        } catch {
            leave(waiter)
            waiter.reply.refuse(error)
        }
    }

    private func stream(
        _ waiter: StatusWaiter, _ progress: inout StreamProgress, isDue: Bool, isClosed: Bool,
        _ knowledge: inout StatusKnowledge
    ) {
        let now = clock()
        if !waiter.hasBegun, !begin(waiter) { return leave(waiter) }
        guard !isClosed, now < waiter.admitted + limits.streamMilliseconds else {
            leave(waiter)
            return waiter.exchange.end()
        }
        // Who is behind is looked at when he has caught up, and not before: so what he has not taken stays bounded.
        guard !waiter.isBehind else { return remind(waiter, at: now + limits.heartbeatMilliseconds) }
        do throws(BridgeError) {
            // Before the step, for the same reason as above.
            let isSettled = try knowledge.isSettled(waiter.key)
            let step = try progress.step(tenant: waiter.key.tenant, index: knowledge.index, readStatus: readStatus)
            if isSettled, step.isComplete {
                leave(waiter)
                _ = waiter.exchange.write(step.text + progress.ending)
                return waiter.exchange.end()
            }
            let text = step.text.isEmpty && isDue ? StreamProgress.heartbeat : step.text
            guard !text.isEmpty else { return }
            guard write(text, to: waiter) else { return leave(waiter) }
            remind(waiter, at: now + limits.heartbeatMilliseconds)
            if !step.isComplete, !waiter.isBehind { look(at: waiter.key) }
        } catch {
            // The head is out: all that is left is to end, and whoever comes back is told the error.
            leave(waiter)
            waiter.exchange.end()
        }
    }

    /// Sends the head of a stream; false if the peer is gone.
    private func begin(_ waiter: StatusWaiter) -> Bool {
        waiter.hasBegun = true
        var head = HTTPResponse(.ok)
        head.add("Content-Type", "text/event-stream")
        head.add("Cache-Control", "no-store")
        head.add("Vary", "Accept")
        return waiter.reply.begin(head, through: waiter.exchange) != .gone
            && write(StreamProgress.beginning, to: waiter)
    }

    /// False if the peer is gone.
    private func write(_ text: [UInt8], to waiter: StatusWaiter) -> Bool {
        waiter.isBehind = true
        let peer = waiter.exchange.write(text)
        if peer == .ready { waiter.isBehind = false }
        return peer != .gone
    }
}
