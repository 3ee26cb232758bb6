import Threading

/// Tells waiters what became of their groups, in the order of the log, on a thread of its own: while it answers the
/// senders of one group, the committer is at the disk with the next.
///
/// What it has not told yet is bounded by who may wait: a sender that has no answer sends nothing more.
final class CommitAnnouncer: Sendable {
    /// A group that the committer is done with.
    struct Outcome {
        /// The sequence of the first record, and where the log ends behind the last; or why nothing of it counts.
        typealias CommitResult = Result<(first: UInt64, end: LogPosition), SpoolError>

        var group: CommitGroup
        var result: CommitResult
        /// The group is the first that is on disk again after one that was refused.
        var isRecovered: Bool
    }

    private struct State {
        var untold: [Outcome] = []
        /// Groups that were told of, emptied, whose memory is used again.
        var spares: [CommitGroup] = []
        var isStopping = false
        /// How often the thread has looked for something to do.
        var signs: UInt64 = 0
    }

    private let state = Monitor(State())
    private let committed: Monitor<LogPosition>
    private let observer: LogWriter.Observer
    private let thread = ThreadSlot()

    /// Kept for when answers are slower than the disk; else one is filled, one at the disk and one told of.
    private static let sparesLimit = 3

    /// - Parameter committed: moves on when all waiters up to there were told.
    init(committed: Monitor<LogPosition>, observer: @escaping LogWriter.Observer) {
        self.committed = committed
        self.observer = observer
    }

    func start() throws(ThreadError) {
        try thread.start(name: "fx-announcer") { self.run() }
    }

    /// Takes a group over and gives an empty one for it.
    func announce(_ outcome: Outcome) -> CommitGroup {
        var spare = CommitGroup()
        state.update { state in
            state.untold.append(outcome)
            if let last = state.spares.popLast() { spare = last }
            return state.untold.count == 1 ? .one : .nobody
        }
        return spare
    }

    /// Asks the thread for a sign of life, and gives the number of signs so far.
    func signs() -> UInt64 {
        var signs: UInt64 = 0
        state.update { state in
            signs = state.signs
            return .all
        }
        return signs
    }

    /// Tells of what was taken over, then ends the thread.
    func stop() {
        state.update { state in
            state.isStopping = true
            return .all
        }
        thread.join()
    }

    private func run() {
        var outcomes: [Outcome] = []
        while takeUntold(&outcomes) {
            for index in outcomes.indices {
                tell(outcomes[index])
                outcomes[index].group.reset()
            }
            recycle(&outcomes)
        }
    }

    /// Sleeps until there is something to tell; false when it is time to stop and all is told.
    private func takeUntold(_ outcomes: inout [Outcome]) -> Bool {
        state.wait { state in
            state.signs &+= 1
            if state.untold.isEmpty { return state.isStopping ? false : nil }
            swap(&state.untold, &outcomes)
            return true
        }
    }

    private func recycle(_ outcomes: inout [Outcome]) {
        state.withLock { state in
            for outcome in outcomes where state.spares.count < Self.sparesLimit { state.spares.append(outcome.group) }
        }
        outcomes.removeAll(keepingCapacity: true)
    }

    private func tell(_ outcome: borrowing Outcome) {
        switch outcome.result {
        case .success(let (first, end)):
            observer(.durable(records: outcome.group.recordCount, bytes: outcome.group.byteCount))
            var sequence = first
            for entry in outcome.group.entries {
                entry.waiter?.recordWasCommitted(sequence: sequence)
                sequence += 1
            }
            // Last, so that whoever follows the log finds that the waiters know already.
            committed.update {
                $0 = end
                return .all
            }
            if outcome.isRecovered { observer(.recovered) }
            observer(.committed)
        case .failure(let error):
            observer(.refused(records: outcome.group.recordCount, error: error))
            for entry in outcome.group.entries { entry.waiter?.recordWasRefused(error) }
        }
    }
}
