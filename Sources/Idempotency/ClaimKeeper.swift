import DurableIO
import Spool
import Threading

/// The thread behind a ``ClaimStore``: reads the keys at the start, then files new ones and removes old ones.
///
/// `<directory>/<first sequence>.claims` are the runs, one behind the other; `open.claims` holds the keys behind the last
/// one, as they were when it was written. What came later is read from the log again.
struct ClaimKeeper: Sendable {
    let store: ClaimStore

    private var options: ClaimOptions { store.options }
    private var state: Monitor<ClaimState> { store.state }

    private static let retryMilliseconds = 1000
    /// Rows or keys that are worked on under the lock at once: some 100 µs.
    private static let rowsPerTurn = 1 << 14
    private static let keysPerTurn = 1 << 11
    private static let recordsPerLook: UInt64 = 1 << 12

    func run(from position: LogPosition, nowSeconds: Int64) {
        while !recover(upTo: position, nowSeconds: nowSeconds) {
            if isStopping(within: Self.retryMilliseconds) { return }
        }
        var hasFailed = false
        while let task = nextTask(pausing: hasFailed) {
            do throws(ClaimError) {
                switch task {
                case .seal: try seal()
                case .checkpoint(let entries, let sequences):
                    _ = try ClaimRun.write(entries, of: sequences, to: openPath, disk: options.disk)
                    state.withLock { $0.filedNext = sequences.upperBound }
                }
                hasFailed = false
                state.withLock { $0.lastError = nil }
            } catch {
                if !hasFailed { options.notice(.failed(error)) }
                hasFailed = true
                state.withLock { $0.lastError = error }
            }
        }
    }

    private enum Task {
        case seal
        case checkpoint([ClaimEntry], Range<UInt64>)
    }

    /// Sleeps until something is to be filed; nil when it is time to stop and that is done.
    private func nextTask(pausing: Bool) -> Task? {
        if pausing, isStopping(within: Self.retryMilliseconds) { return nil }
        return state.wait { state -> Task?? in
            if state.isSealDue { state.beginSealing() }
            if state.sealing != nil { return .some(.seal) }
            guard state.isWorkDue || state.isStopping else { return nil }
            let first = state.unsealedBegin
            guard state.committedNext > state.filedNext else { return state.isStopping ? .some(nil) : nil }
            return .some(.checkpoint(Array(state.open.values), first..<max(first, state.committedNext)))
        }
    }

    private func isStopping(within milliseconds: Int) -> Bool {
        state.wait(milliseconds: milliseconds) { $0.isStopping ? true : nil } ?? false
    }

    private var openPath: String { options.directory + "/open" + Self.suffix }
    private static let suffix = ".claims"
    private func path(first: UInt64) -> String {
        options.directory + "/" + SegmentName.name(first: first).dropLast(SegmentName.suffix.count) + Self.suffix
    }
}

// MARK: - Filing

extension ClaimKeeper {
    /// Writes the keys that are being sealed, and lets them go from memory.
    private func seal() throws(ClaimError) {
        let (entries, settledNext, nowSeconds) = state.withLock { state in
            (state.sealing.map { Array($0.values) } ?? [], state.sealingNext, state.nowSeconds)
        }
        try removeExpiredRuns(nowSeconds: nowSeconds)
        let first = state.withLock { $0.unsealedBegin }
        // Keys are settled in the order of the log: behind the last one nothing before it is missing.
        let next = max(first, entries.reduce(settledNext) { max($0, $1.sequence + 1) })
        let run = try ClaimRun.write(entries, of: first..<next, to: path(first: first), disk: options.disk)
        file(run, entries)
        try removeSurplusRuns()
    }

    /// Makes a run count that is on disk.
    private func file(_ run: ClaimRun, _ entries: [ClaimEntry]) {
        let column = state.withLock { $0.filter.takeColumn() }
        var rest = entries[...]
        while !rest.isEmpty {
            state.withLock { $0.filter.insert(rest.prefix(Self.keysPerTurn).lazy.map(\.stamp.key), column: column) }
            rest = rest.dropFirst(Self.keysPerTurn)
        }
        // Freed outside the lock.
        var sealed: [ClaimKey: ClaimEntry]?
        state.withLock { state in
            state.filter.activate(column)
            state.runs.append(.init(run: run, column: column))
            state.generation += 1
            state.filedNext = max(state.filedNext, run.sequences.upperBound)
            swap(&sealed, &state.sealing)
        }
        _ = sealed.take()
    }

    private func removeExpiredRuns(nowSeconds: Int64) throws(ClaimError) {
        while true {
            let oldest = state.withLock { state in
                state.runs.first { run in
                    run.run.newestSeconds <= nowSeconds - options.windowSeconds
                        || run.run.sequences.upperBound <= state.logBegin
                }
            }
            guard let oldest else { return }
            try remove(oldest)
        }
    }

    /// Forgets the oldest keys when there are more than may be known.
    private func removeSurplusRuns() throws(ClaimError) {
        while true {
            let surplus = state.withLock { state in
                let count = state.runs.reduce(0) { $0 + $1.run.count }
                return count > options.keysLimit && state.runs.count > 1 ? state.runs.first : nil
            }
            guard let surplus else { return }
            options.notice(.windowCutShort(keys: surplus.run.count))
            try remove(surplus)
        }
    }

    private func remove(_ filed: ClaimState.FiledRun) throws(ClaimError) {
        state.withLock { state in
            state.filter.deactivate(filed.column)
            state.runs.removeAll { $0.column == filed.column }
            state.generation += 1
            if state.runs.isEmpty { state.firstSequence = filed.run.sequences.upperBound }
        }
        for start in stride(from: 0, to: ClaimFilter.rowsCount, by: Self.rowsPerTurn) {
            let rows = start..<min(start + Self.rowsPerTurn, ClaimFilter.rowsCount)
            state.withLock { $0.filter.clear(filed.column, rows: rows) }
        }
        state.withLock { $0.filter.giveBack(filed.column) }
        do throws(IOError) { try options.disk.remove(filed.run.path) } catch {
            if !error.isNotFound { throw .disk(error) }
        }
    }
}

// MARK: - The start

extension ClaimKeeper {
    /// Reads the files, then what the log has behind them; false if something is in the way.
    private func recover(upTo position: LogPosition, nowSeconds: Int64) -> Bool {
        do throws(ClaimError) {
            do throws(ClaimError) {
                try readFiles(upTo: position, nowSeconds: nowSeconds)
            } catch .damaged(let path, let fault) {
                options.notice(.rebuilding(because: .damaged(path: path, fault)))
                try removeFiles()
            }
            guard try readLog(upTo: position, nowSeconds: nowSeconds) else { return false }
        } catch {
            let isNew = state.withLock { state in
                defer { state.lastError = error }
                return state.lastError != error
            }
            if isNew { options.notice(.failed(error)) }
            return false
        }
        state.withLock { state in
            state.isReady = true
            state.lastError = nil
        }
        options.notice(.ready(keys: store.statistics.keys))
        return true
    }

    private func reset() {
        state.withLock { state in
            state.open = [:]
            state.sealing = nil
            state.runs = []
            state.filter = ClaimFilter()
            state.firstSequence = 1
            state.filedNext = 1
        }
    }

    private func readFiles(upTo position: LogPosition, nowSeconds: Int64) throws(ClaimError) {
        reset()
        state.withLock { $0.nowSeconds = max($0.nowSeconds, nowSeconds) }
        var names: [String]
        do throws(IOError) {
            try options.disk.makeDirectory(options.directory)
            names = try options.disk.names(in: options.directory).filter { $0.hasSuffix(Self.suffix) }.sorted()
        } catch {
            throw .disk(error)
        }
        // Sorts behind all digits.
        let openName = "open" + Self.suffix
        let hasOpen = names.last == openName
        if hasOpen { names.removeLast() }
        var isFirst = true
        for name in names {
            let (run, entries) = try ClaimRun.read(options.directory + "/" + name, disk: options.disk)
            let next = state.withLock { $0.filedNext }
            guard isFirst || run.sequences.lowerBound == next else { throw .damaged(path: run.path, .gap) }
            guard run.sequences.upperBound <= position.nextSequence else {
                throw .damaged(path: run.path, .aheadOfLog)
            }
            isFirst = false
            file(run, entries)
        }
        try removeExpiredRuns(nowSeconds: nowSeconds)
        guard hasOpen else { return }
        let (run, entries) = try ClaimRun.read(openPath, disk: options.disk)
        guard run.sequences.upperBound <= position.nextSequence else { throw .damaged(path: run.path, .aheadOfLog) }
        state.withLock { state in
            // One that was sealed meanwhile tells nothing new.
            guard isFirst || run.sequences.lowerBound == state.filedNext else { return }
            if isFirst { state.firstSequence = run.sequences.lowerBound }
            state.filedNext = run.sequences.upperBound
            for entry in entries { _ = state.add(entry) }
        }
    }

    private func removeFiles() throws(ClaimError) {
        reset()
        do throws(IOError) {
            for name in try options.disk.names(in: options.directory) where name.hasSuffix(Self.suffix) {
                try options.disk.remove(options.directory + "/" + name)
            }
        } catch {
            throw .disk(error)
        }
    }

    /// Reads the keys of the events behind the files.
    ///
    /// - Returns: false where it was told to stop before the end.
    private func readLog(upTo position: LogPosition, nowSeconds: Int64) throws(ClaimError) -> Bool {
        let begin: UInt64
        do throws(SpoolError) {
            begin = try LogStatistics.firstSequence(in: options.log, disk: options.disk) ?? position.nextSequence
        } catch {
            throw .log(error)
        }
        store.forgetEvents(before: begin)
        let filedNext = state.withLock { state in
            if state.runs.isEmpty, state.open.isEmpty { state.firstSequence = max(state.firstSequence, begin) }
            return state.filedNext
        }
        let reader = LogReader(directory: options.log, disk: options.disk, from: max(filedNext, begin))
        while true {
            let step: LogReader.Step
            do throws(SpoolError) { step = try reader.next(limit: position) } catch { throw .log(error) }
            switch step {
            case .record(let sequence, let range):
                if sequence.isMultiple(of: Self.recordsPerLook), state.withLock({ $0.isStopping }) { return false }
                // What is no event, or has no key, is no affair of this store's.
                guard let (stamp, seconds) = ClaimedEvent.read(reader.buffer, range),
                    seconds > nowSeconds - options.windowSeconds
                else { continue }
                let isFull = state.withLock { state in
                    _ = state.add(ClaimEntry(stamp: stamp, sequence: sequence, recordedSeconds: seconds))
                    defer { if state.isSealDue { state.beginSealing() } }
                    return state.isSealDue
                }
                if isFull { try seal() }
            // The index tells the operator of both.
            case .damaged, .missing: continue
            case .end: return true
            }
        }
    }
}
