/// What a ``ClaimStore`` knows, behind its lock.
struct ClaimState {
    struct Follower {
        let body: ClaimKey
        let follower: any ClaimFollower
    }

    struct Pending {
        let body: ClaimKey
        var followers: [Follower] = []
    }

    struct FiledRun {
        let run: ClaimRun
        /// Of the filter.
        let column: Int
    }

    enum Step {
        case decided(ClaimOutcome)
        /// The runs that may hold the key, the newest first; `generation` tells whether they are still all there are.
        case search([ClaimRun], generation: UInt64)
    }

    private let keysPerRun: Int
    private let unfiledSequencesLimit: UInt64

    var isReady = false
    var isStopping = false
    var lastError: ClaimError?
    var pending: [ClaimKey: Pending] = [:]
    var followersCount = 0
    /// Requests that were answered with an earlier one's event.
    var repeats: UInt64 = 0
    /// Requests that came under the key of one with another body.
    var conflicts: UInt64 = 0
    /// The latest keys.
    var open: [ClaimKey: ClaimEntry] = [:]
    /// Keys that are being written to a file.
    var sealing: [ClaimKey: ClaimEntry]?
    /// They are all that was settled before this sequence.
    private(set) var sealingNext: UInt64 = 0
    /// The oldest first.
    var runs: [FiledRun] = []
    var filter = ClaimFilter()
    /// Counts the changes of `runs`.
    var generation: UInt64 = 0
    var recent = RecentAnswers()
    var logBegin: UInt64 = 0
    /// The log is committed, and all of it settled, before this sequence.
    var committedNext: UInt64 = 1
    /// Where the files begin.
    var firstSequence: UInt64 = 1
    /// What the files cover.
    var filedNext: UInt64 = 1
    /// The latest time that was seen.
    var nowSeconds: Int64 = 0

    init(_ options: ClaimOptions) {
        keysPerRun = options.keysPerRun
        unfiledSequencesLimit = options.unfiledSequencesLimit
    }

    /// Whether the keeper has something to do.
    var isWorkDue: Bool { isReady && (isSealDue || committedNext >= filedNext + unfiledSequencesLimit) }
    var isSealDue: Bool { open.count >= keysPerRun && sealing == nil }
    /// Where the runs end.
    var unsealedBegin: UInt64 { runs.last?.run.sequences.upperBound ?? firstSequence }

    mutating func beginSealing() {
        sealing = open
        // Now: what is settled from here on is not among them. At the start the log is known only as far as it was read.
        sealingNext = isReady ? committedNext : 0
        open = [:]
    }

    /// Looks a key up in memory, and takes it where that settles the matter.
    mutating func step(
        _ stamp: ClaimStamp, nowSeconds: Int64, options: ClaimOptions, follower: () -> any ClaimFollower
    ) -> Step {
        self.nowSeconds = max(self.nowSeconds, nowSeconds)
        // Where the files cannot be written, memory must not grow in their place.
        guard isReady, open.count + pending.count < 2 * keysPerRun else { return .decided(.notReady) }
        if let outcome = outcomeOfPending(stamp, options: options, follower: follower) { return .decided(outcome) }
        if let entry = open[stamp.key] ?? sealing?[stamp.key], answers(entry, nowSeconds, options) {
            return .decided(outcome(of: entry, stamp))
        }
        let columns = filter.columns(for: stamp.key)
        guard !columns.isEmpty else {
            pending[stamp.key] = Pending(body: stamp.body)
            return .decided(.granted)
        }
        return .search(runs.filter { columns.contains($0.column) }.map(\.run).reversed(), generation: generation)
    }

    /// Decides on a key when the files have been searched.
    mutating func decide(
        _ stamp: ClaimStamp, onFile found: ClaimEntry?, nowSeconds: Int64, options: ClaimOptions,
        follower: () -> any ClaimFollower
    ) -> ClaimOutcome {
        // Others have asked meanwhile.
        if let outcome = outcomeOfPending(stamp, options: options, follower: follower) { return outcome }
        let inMemory = open[stamp.key] ?? sealing?[stamp.key]
        for entry in [inMemory, found] {
            if let entry, answers(entry, nowSeconds, options) { return outcome(of: entry, stamp) }
        }
        pending[stamp.key] = Pending(body: stamp.body)
        return .granted
    }

    private mutating func outcomeOfPending(
        _ stamp: ClaimStamp, options: ClaimOptions, follower: () -> any ClaimFollower
    ) -> ClaimOutcome? {
        guard pending[stamp.key] != nil else { return nil }
        guard followersCount < options.followersLimit else {
            return .tooManyFollowers(limit: options.followersLimit)
        }
        followersCount += 1
        pending[stamp.key]?.followers.append(Follower(body: stamp.body, follower: follower()))
        return .following
    }

    /// Whether an entry still answers for its key.
    private func answers(_ entry: ClaimEntry, _ nowSeconds: Int64, _ options: ClaimOptions) -> Bool {
        entry.sequence >= logBegin && entry.recordedSeconds > nowSeconds - options.windowSeconds
    }

    private mutating func outcome(of entry: ClaimEntry, _ stamp: ClaimStamp) -> ClaimOutcome {
        note(isSame: entry.stamp.body == stamp.body)
        guard entry.stamp.body == stamp.body else { return .conflicting }
        return .settled(sequence: entry.sequence, recent.answer(of: entry.sequence))
    }

    /// Counts a request whose key an event answers for.
    mutating func note(isSame: Bool) {
        if isSame { repeats += 1 } else { conflicts += 1 }
    }

    /// Adds a key, of a later event than all before.
    ///
    /// - Returns: whether the keeper should look.
    mutating func add(_ entry: ClaimEntry) -> Bool {
        open[entry.stamp.key] = entry
        return isWorkDue
    }
}
