import Events
import Logging
import Synchronization
import Threading

/// The one way of all lines to the operator: of requests and of the process's own messages, in one format.
///
/// A thread that has something to say writes it into a buffer under a lock, some hundred nanoseconds, and goes on. One
/// thread writes what has gathered, 50 times a second at most, and sleeps while there is nothing. Where the output is
/// slower than the lines come, lines are dropped, never a request held up; a line says how many.
package final class LogSink: Sendable {
    package enum Destination: Sendable {
        case standardError
        case file(String)
        /// Called with whole lines, on the log's own thread.
        case lines(@Sendable ([UInt8]) -> Void)
    }

    private struct State {
        var bytes: [UInt8] = []
        /// What was handed over and is not written yet.
        var isWriting = false
        var isUrgent = false
        var isStopping = false
        var isReopening = false
        var droppedLines = 0
    }

    /// Of lines that wait: at 300 bytes a line some 3000 of them.
    package static let bufferBytesLimit = 1 << 20
    private static let gatherMilliseconds = 20

    private let format: LogFormat
    private let isJournal: Bool
    private let bufferBytesLimit: Int
    private let clock: @Sendable () -> Int64
    private let write: @Sendable ([UInt8]) throws(LogError) -> Void
    private let reopenOutput: @Sendable () throws(LogError) -> Void
    private let state = Monitor(State())
    private let thread = ThreadSlot()
    /// Index in `Logger.Level.allCases`.
    private let levelIndex: Atomic<Int>
    /// Of the lines about requests that went well one in so many is written; 0 writes none.
    private let sampling: Atomic<UInt64>
    private let successes = Atomic<UInt64>(0)

    /// Starts the log's thread.
    ///
    /// - Parameters:
    ///   - journalStream: the environment's `JOURNAL_STREAM`.
    ///   - clock: microseconds since 1970.
    /// - Throws: ``LogError`` where the file cannot be opened, ``ThreadError`` where there is no thread.
    package init(
        to destination: Destination, format: LogFormat, level: Logger.Level, sampling: Int = 1,
        journalStream: String? = nil, bufferBytesLimit: Int = bufferBytesLimit, clock: @escaping @Sendable () -> Int64
    ) throws {
        self.format = format
        self.bufferBytesLimit = bufferBytesLimit
        self.clock = clock
        levelIndex = Atomic(Self.index(of: level))
        self.sampling = Atomic(UInt64(sampling))
        switch destination {
        case .standardError:
            let output = LogOutput()
            isJournal = LogOutput.isJournal(journalStream)
            write = { (bytes) throws(LogError) in try output.write(bytes) }
            reopenOutput = {}
        case .file(let path):
            let output = try LogOutput(path: path)
            isJournal = false
            write = { (bytes) throws(LogError) in try output.write(bytes) }
            reopenOutput = { () throws(LogError) in try output.reopen() }
        case .lines(let take):
            isJournal = false
            write = { (bytes) throws(LogError) in take(bytes) }
            reopenOutput = {}
        }
        try thread.start(name: "fx-log") { [self] in run() }
    }

    /// The least severe level that is written.
    package var level: Logger.Level {
        get { Logger.Level.allCases[levelIndex.load(ordering: .relaxed)] }
        set { levelIndex.store(Self.index(of: newValue), ordering: .relaxed) }
    }

    package func isWritten(_ level: Logger.Level) -> Bool {
        Self.index(of: level) >= levelIndex.load(ordering: .relaxed)
    }

    package func setSampling(_ sampling: Int) {
        self.sampling.store(UInt64(sampling), ordering: .relaxed)
    }

    /// Whether it is the turn of a request that went well.
    package func takesSample() -> Bool {
        let every = sampling.load(ordering: .relaxed)
        if every == 1 { return true }
        guard every > 0 else { return false }
        return successes.wrappingAdd(1, ordering: .relaxed).oldValue % every == 0
    }

    /// Writes a line, whatever the level in force.
    ///
    /// - Parameters:
    ///   - isUrgent: whether it should not wait for others.
    ///   - fill: adds the line's fields; it runs under the log's lock.
    package func line(
        _ level: Logger.Level, _ message: String, isUrgent: Bool = false, _ fill: (inout LogLine) -> Void
    ) {
        let time = Timestamp(microseconds: clock())
        state.update { state in
            guard state.bytes.count < bufferBytesLimit, !state.isStopping else {
                state.droppedLines += 1
                return .nobody
            }
            let wasEmpty = state.bytes.isEmpty
            append(level, message, time, to: &state.bytes, fill)
            let isPressing = isUrgent || state.bytes.count > bufferBytesLimit / 2
            let wakes = wasEmpty || (isPressing && !state.isUrgent)
            if isPressing { state.isUrgent = true }
            return wakes ? .all : .nobody
        }
    }

    /// Opens the log's file again, for whoever has renamed it.
    package func reopen() {
        state.update { state in
            state.isReopening = true
            return .all
        }
    }

    /// Waits until all that was said so far is written.
    package func flush() {
        state.update { state in
            state.isUrgent = true
            return .all
        }
        _ = state.wait { $0.bytes.isEmpty && !$0.isWriting && !$0.isReopening ? true : nil }
    }

    /// Writes what is left and ends the thread; later lines are lost.
    package func stop() {
        state.update { state in
            state.isStopping = true
            return .all
        }
        thread.join()
    }

    private func append(
        _ level: Logger.Level, _ message: String, _ time: Timestamp, to bytes: inout [UInt8],
        _ fill: (inout LogLine) -> Void
    ) {
        // Moved, never copied: with a second owner each line would copy all that waits.
        var buffer: [UInt8] = []
        swap(&buffer, &bytes)
        // Most lines fit, and growing by what each piece of one needs would copy the buffer every time.
        let room = 1 << 10
        if buffer.capacity - buffer.count < room { buffer.reserveCapacity(max(2 * buffer.capacity, 4 * room)) }
        var line = LogLine(
            appendingTo: consume buffer, format: format, level: level, time: time, message: message,
            journalPriority: isJournal)
        fill(&line)
        bytes = line.finished()
    }

    private static func index(of level: Logger.Level) -> Int {
        switch level {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }
}

// MARK: - The log's thread

extension LogSink {
    private func run() {
        var batch: [UInt8] = []
        var lostLines = 0
        while true {
            let (isReopening, droppedLines, isEnd) = takeBatch(&batch)
            if isReopening { tryReopening() }
            if droppedLines + lostLines > 0 {
                append(.warning, "lines of the log were lost", Timestamp(microseconds: clock()), to: &batch) { line in
                    line.field("lines", droppedLines + lostLines)
                    line.field(
                        "because", droppedLines > 0 ? "they came faster than they could be written" : "write failed")
                }
                lostLines = 0
            }
            do throws(LogError) {
                if !batch.isEmpty { try write(batch) }
            } catch {
                // There is nowhere to say so but in the next lines that can be written.
                lostLines = batch.dropFirst(error.writtenBytes).count { $0 == UInt8(ascii: "\n") }
            }
            // The memory is kept for the next batch, unless a burst made it large.
            batch.removeAll(keepingCapacity: batch.capacity <= 256 << 10)
            state.update { state in
                state.isWriting = false
                return .all
            }
            if isEnd { return }
        }
    }

    private func takeBatch(_ batch: inout [UInt8]) -> (isReopening: Bool, droppedLines: Int, isEnd: Bool) {
        _ = state.wait { state in
            state.isStopping || state.isReopening || !state.bytes.isEmpty ? true : nil
        }
        // Whoever is in no hurry waits for others to share the write.
        _ = state.wait(milliseconds: Self.gatherMilliseconds) { state in
            state.isStopping || state.isReopening || state.isUrgent ? true : nil
        }
        return state.withLock { state in
            swap(&state.bytes, &batch)
            defer {
                state.isWriting = true
                state.isUrgent = false
                state.isReopening = false
                state.droppedLines = 0
            }
            return (state.isReopening, state.droppedLines, state.isStopping)
        }
    }

    private func tryReopening() {
        do throws(LogError) {
            try reopenOutput()
            line(.notice, "the log's file was opened again") { _ in }
        } catch {
            line(.error, "the log's file cannot be opened again; the old one is written on") { line in
                line.field("because", error.description)
            }
        }
    }
}
