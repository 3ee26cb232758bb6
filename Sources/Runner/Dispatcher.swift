/// Decides which execution runs next, fairly: services take turns, and none can take the last place from one that has
/// nothing running.
///
/// A place is kept free for every service that runs nothing. So a slow service with a long backlog never makes another
/// one wait for a place, as long as there are as many places as services. Pure: time is an argument, nothing happens here.
package struct Dispatcher {
    package enum Turn: Equatable {
        case run(PendingExecution, Service)
        /// Its service is not in services.yaml any more.
        case orphaned(PendingExecution)
    }

    private let limits: RunLimits
    private(set) var lanes: [String: ServiceLane] = [:]
    /// Names of the lanes; who had a turn goes to the end.
    private var rotation: [String] = []
    package private(set) var runningCount = 0
    /// Bytes of events held by executions that wait.
    private(set) var eventBytes = 0

    package init(limits: RunLimits, catalog: ServiceCatalog) {
        self.limits = limits
        replaceServices(catalog)
    }

    /// Goes on with other services; what waits for one that is gone will be ``Turn/orphaned(_:)``.
    package mutating func replaceServices(_ catalog: ServiceCatalog) {
        for name in lanes.keys { lanes[name]?.service = catalog[name] }
        for service in catalog.services {
            ensureLane(service.name)
            lanes[service.name]?.service = service
        }
        for (name, lane) in lanes where lane.service == nil && lane.waitingCount == 0 && lane.runningCount == 0 {
            lanes[name] = nil
        }
        rotation.removeAll { lanes[$0] == nil }
    }

    /// Takes in an announced execution.
    package mutating func add(_ execution: PendingExecution) {
        var execution = execution
        if let event = execution.event, eventBytes + event.count > limits.eventBytes { execution.event = nil }
        withLane(execution.service) { lane, bytes in
            if lane.add(execution) { bytes += execution.event?.count ?? 0 }
        }
    }

    /// Takes in an execution that may run again later.
    package mutating func addRetry(_ execution: PendingExecution) {
        withLane(execution.service) { lane, bytes in
            lane.addRetry(execution)
            bytes += execution.event?.count ?? 0
        }
    }

    /// Gives up a turn: the execution goes back to where it was.
    package mutating func putBack(_ execution: PendingExecution) {
        end(of: execution.service)
        withLane(execution.service) { lane, bytes in
            lane.putBack(execution)
            bytes += execution.event?.count ?? 0
        }
    }

    /// Whose turn it is now, if anybody's. It counts as running until ``end(of:)``, whatever the turn.
    package mutating func next(nowMilliseconds: Int64) -> Turn? {
        let idleCount = lanes.values.count { $0.service != nil && $0.runningCount == 0 }
        for (index, name) in rotation.enumerated()
        where mayRun(name, nowMilliseconds: nowMilliseconds, idleCount: idleCount) {
            var taken: PendingExecution?
            withLane(name) { lane, bytes in
                taken = lane.next(nowMilliseconds: nowMilliseconds)
                bytes -= taken?.event?.count ?? 0
                if taken != nil { lane.runningCount += 1 }
            }
            guard let taken else { continue }
            runningCount += 1
            rotation.append(rotation.remove(at: index))
            return lanes[name]?.service.map { .run(taken, $0) } ?? .orphaned(taken)
        }
        return nil
    }

    private func mayRun(_ name: String, nowMilliseconds: Int64, idleCount: Int) -> Bool {
        guard let lane = lanes[name], lane.hasWork(nowMilliseconds: nowMilliseconds) else { return false }
        guard let service = lane.service else { return true }
        let free = limits.concurrency - runningCount
        guard free > 0, lane.runningCount < service.limits.concurrency else { return false }
        return lane.runningCount == 0 || free > idleCount
    }

    /// An execution has ended, or was not begun.
    package mutating func end(of service: String) {
        withLane(service) { lane, _ in
            precondition(lane.runningCount > 0, "more executions have ended than were begun")
            lane.runningCount -= 1
        }
        runningCount -= 1
        if let lane = lanes[service], lane.service == nil, lane.waitingCount == 0, lane.runningCount == 0 {
            lanes[service] = nil
            rotation.removeAll { $0 == service }
        }
    }

    /// When the soonest retry is due; nil if none waits.
    package var nextDueMilliseconds: Int64? { lanes.values.compactMap { $0.retries.first?.dueMilliseconds }.min() }

    package var waitingCount: Int { lanes.values.reduce(0) { $0 + $1.waitingCount } }

    /// The lowest sequences that waiting executions need.
    var oldest: (event: UInt64, log: UInt64)? {
        let all = lanes.values.compactMap(\.oldest)
        guard !all.isEmpty else { return nil }
        return (all.map(\.event).min() ?? .max, all.map(\.log).min() ?? .max)
    }

    // MARK: - What waits on the log

    /// A service whose lane has room for executions that wait on the log; where they begin, and how many it takes.
    var refill: (service: String, spill: ServiceLane.Spill, count: Int)? {
        for name in rotation {
            if let lane = lanes[name], let spill = lane.spill, lane.wantsRefill { return (name, spill, lane.freeCount) }
        }
        return nil
    }

    mutating func refill(
        _ service: String, with executions: [PendingExecution], next: (log: UInt64, event: UInt64)?
    ) {
        withLane(service) { lane, _ in lane.refill(executions, next: next) }
    }

    private mutating func withLane(_ name: String, _ body: (inout ServiceLane, inout Int) -> Void) {
        ensureLane(name)
        guard var lane = lanes.removeValue(forKey: name) else { return }
        body(&lane, &eventBytes)
        lanes[name] = lane
    }

    private mutating func ensureLane(_ name: String) {
        guard lanes[name] == nil else { return }
        lanes[name] = ServiceLane(service: nil, backlogLimit: limits.backlog)
        rotation.append(name)
    }
}
