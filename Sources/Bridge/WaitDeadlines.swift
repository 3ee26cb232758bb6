/// When each waiter is to be looked at even if nothing changes.
///
/// Times are kept in steps of a quarter of a second: a few hundred at most, however many wait.
struct WaitDeadlines {
    static let stepMilliseconds: Int64 = 250

    private var steps: [Int64: [ObjectIdentifier: StatusWaiter]] = [:]
    private var stepOf: [ObjectIdentifier: Int64] = [:]

    /// Sets a waiter's time, rounded up; it replaces the one it had.
    mutating func set(_ waiter: StatusWaiter, _ milliseconds: Int64) {
        remove(waiter)
        let step = (milliseconds + Self.stepMilliseconds - 1) / Self.stepMilliseconds
        steps[step, default: [:]][ObjectIdentifier(waiter)] = waiter
        stepOf[ObjectIdentifier(waiter)] = step
    }

    mutating func remove(_ waiter: StatusWaiter) {
        guard let step = stepOf.removeValue(forKey: ObjectIdentifier(waiter)) else { return }
        steps[step]?[ObjectIdentifier(waiter)] = nil
        if steps[step]?.isEmpty ?? false { steps[step] = nil }
    }

    /// The earliest time.
    var next: Int64? { steps.keys.min().map { $0 * Self.stepMilliseconds } }

    /// Takes the waiters whose time has come.
    mutating func takeDue(_ now: Int64) -> [StatusWaiter] {
        let due = steps.keys.filter { $0 * Self.stepMilliseconds <= now }.sorted()
        return due.flatMap { step -> [StatusWaiter] in
            let waiters = steps.removeValue(forKey: step).map { Array($0.values) } ?? []
            for waiter in waiters { stepOf[ObjectIdentifier(waiter)] = nil }
            return waiters
        }
    }
}
