/// The executions of one service that wait for their turn, first come, first served.
///
/// What does not fit into memory stays on the runner's log, as a ``Spill``; the lane's order is that of the log.
struct ServiceLane {
    /// A part of the runner's log whose announcements for this service wait there; none of them has run.
    struct Spill: Equatable {
        /// Log sequences of the first and the last one.
        var first: UInt64
        var last: UInt64
        var count: Int
        /// The event of the first one.
        var firstEvent: UInt64
    }

    /// Nil once the service is gone: what waits then is skipped.
    var service: Service?
    private(set) var ready = FIFO<PendingExecution>()
    /// By the time they are due, the soonest first.
    private(set) var retries: [PendingExecution] = []
    private(set) var spill: Spill?
    var runningCount = 0
    private let backlogLimit: Int

    init(service: Service?, backlogLimit: Int) {
        self.service = service
        self.backlogLimit = backlogLimit
    }

    var waitingCount: Int { ready.count + retries.count + (spill?.count ?? 0) }
    /// Half of the memory is free: time to read on in the log.
    var wantsRefill: Bool { spill != nil && ready.count <= backlogLimit / 2 }
    var freeCount: Int { backlogLimit - ready.count }

    /// Takes an execution in, or leaves it on the log; false for the latter.
    mutating func add(_ execution: PendingExecution) -> Bool {
        if spill == nil, ready.count < backlogLimit {
            ready.append(execution)
            return true
        }
        var spill =
            spill
            ?? Spill(
                first: execution.logSequence, last: execution.logSequence, count: 0, firstEvent: execution.eventSequence
            )
        spill.last = execution.logSequence
        spill.count += 1
        self.spill = spill
        return false
    }

    /// Takes in what was read from the log behind the spill's beginning.
    ///
    /// - Parameter next: the first announcement that is still there; nil if there is none.
    mutating func refill(_ executions: [PendingExecution], next: (log: UInt64, event: UInt64)?) {
        for execution in executions { ready.append(execution) }
        guard var spill, let next, next.log <= spill.last else {
            self.spill = nil
            return
        }
        spill.first = next.log
        spill.firstEvent = next.event
        spill.count = max(1, spill.count - executions.count)
        self.spill = spill
    }

    /// What ran once already comes back before all that has not.
    mutating func putBack(_ execution: PendingExecution) {
        ready.prepend(execution)
    }

    mutating func addRetry(_ execution: PendingExecution) {
        let index = retries.firstIndex { $0.dueMilliseconds > execution.dueMilliseconds } ?? retries.endIndex
        retries.insert(execution, at: index)
    }

    /// The one whose turn it is.
    mutating func next(nowMilliseconds: Int64) -> PendingExecution? {
        if let first = retries.first, first.dueMilliseconds <= nowMilliseconds || service == nil {
            return retries.removeFirst()
        }
        // A service that fails again and again must not fill the memory with what it will try again.
        guard retries.count < backlogLimit || service == nil else { return nil }
        return ready.popFirst()
    }

    func hasWork(nowMilliseconds: Int64) -> Bool {
        if let first = retries.first, first.dueMilliseconds <= nowMilliseconds || service == nil { return true }
        return !ready.isEmpty && (retries.count < backlogLimit || service == nil)
    }

    /// The lowest sequences that are still needed: of the log of events, and of the runner's own.
    var oldest: (event: UInt64, log: UInt64)? {
        var oldest: (event: UInt64, log: UInt64)?
        func note(_ event: UInt64, _ log: UInt64) {
            oldest = (min(event, oldest?.event ?? .max), min(log, oldest?.log ?? .max))
        }
        // In the order of both logs.
        if let first = ready.first { note(first.eventSequence, first.logSequence) }
        for execution in retries { note(execution.eventSequence, execution.logSequence) }
        if let spill { note(spill.firstEvent, spill.first) }
        return oldest
    }
}

/// First in, first out.
struct FIFO<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func prepend(_ element: Element) {
        if head > 0 {
            head -= 1
            elements[head] = element
        } else {
            elements.insert(element, at: 0)
        }
    }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        // Half of it is behind us: each element is moved once for each that was taken.
        if head > 32, head > elements.count / 2 {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    var first: Element? { head < elements.count ? elements[head] : nil }
}
