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
        var style: Style
        /// Where lines go from the next batch on, and whether that is the journal.
        var nextOutput: Output?
        var nextIsJournal = false

        init(style: Style) { self.style = style }
    }

    /// How lines look.
    private struct Style {
        var format: LogFormat
        /// Lines tell their priority.
        var isJournal: Bool
    }

    private enum Output {
        case descriptor(LogOutput)
        case lines(@Sendable ([UInt8]) -> Void)

        init(_ destination: Destination) throws(LogError) {
            self =
                switch destination {
                case .standardError: .descriptor(LogOutput())
                case .file(let path): .descriptor(try LogOutput(path: path))
                case .lines(let take): .lines(take)
                }
        }
    }

    /// What the log's thread takes at a time.
    private struct Batch {
        let isReopening: Bool
        let droppedLines: Int
        let isEnd: Bool
        let style: Style
        /// Where the lines behind this batch go.
        let nextOutput: Output?
    }

    /// Of lines that wait: at 300 bytes a line some 3000 of them.
    package static let bufferBytesLimit = 1 << 20
    private static let gatherMilliseconds = 20

    private let journalStream: String?
    private let bufferBytesLimit: Int
    private let clock: @Sendable () -> Int64
    private let state: Monitor<State>
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
        self.journalStream = journalStream
        self.bufferBytesLimit = bufferBytesLimit
        self.clock = clock
        levelIndex = Atomic(Self.index(of: level))
        self.sampling = Atomic(UInt64(sampling))
        let style = Style(format: format, isJournal: Self.isJournal(destination, journalStream))
        state = Monitor(State(style: style))
        let output = try Output(destination)
        try thread.start(name: "fx-log") { [self] in run(output) }
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

    package func setFormat(_ format: LogFormat) {
        state.withLock { $0.style.format = format }
    }

    /// Sends the lines to come to another place; those before still go to the old one.
    ///
    /// - Throws: ``LogError`` where the file cannot be opened; then nothing changes.
    package func move(to destination: Destination) throws(LogError) {
        let output = try Output(destination)
        let isJournal = Self.isJournal(destination, journalStream)
        state.update { state in
            state.nextOutput = output
            state.nextIsJournal = isJournal
            return .all
        }
        flush()
    }

    private static func isJournal(_ destination: Destination, _ journalStream: String?) -> Bool {
        switch destination {
        case .standardError: LogOutput.isJournal(journalStream)
        case .file, .lines: false
        }
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
            append(level, message, time, state.style, to: &state.bytes, fill)
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
        _ = state.wait { $0.bytes.isEmpty && !$0.isWriting && !$0.isReopening && $0.nextOutput == nil ? true : nil }
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
        _ level: Logger.Level, _ message: String, _ time: Timestamp, _ style: Style, to bytes: inout [UInt8],
        _ fill: (inout LogLine) -> Void
    ) {
        // Moved, never copied: with a second owner each line would copy all that waits.
        var buffer: [UInt8] = []
        swap(&buffer, &bytes)
        // Most lines fit, and growing by what each piece of one needs would copy the buffer every time.
        let room = 1 << 10
        if buffer.capacity - buffer.count < room { buffer.reserveCapacity(max(2 * buffer.capacity, 4 * room)) }
        var line = LogLine(
            appendingTo: consume buffer, format: style.format, level: level, time: time, message: message,
            journalPriority: style.isJournal)
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
    private func run(_ firstOutput: Output) {
        var output = firstOutput
        var bytes: [UInt8] = []
        var lostLines = 0
        while true {
            let batch = takeBatch(&bytes)
            if batch.isReopening { reopen(output) }
            if batch.droppedLines + lostLines > 0 {
                let time = Timestamp(microseconds: clock())
                append(.warning, "lines of the log were lost", time, batch.style, to: &bytes) { line in
                    line.field("lines", batch.droppedLines + lostLines)
                    line.field(
                        "because",
                        batch.droppedLines > 0 ? "they came faster than they could be written" : "write failed")
                }
                lostLines = 0
            }
            do throws(LogError) {
                if !bytes.isEmpty { try write(bytes, to: output) }
            } catch {
                // There is nowhere to say so but in the next lines that can be written.
                lostLines = bytes.dropFirst(error.writtenBytes).count { $0 == UInt8(ascii: "\n") }
            }
            if let next = batch.nextOutput { output = next }
            // The memory is kept for the next batch, unless a burst made it large.
            bytes.removeAll(keepingCapacity: bytes.capacity <= 256 << 10)
            state.update { state in
                state.isWriting = false
                return .all
            }
            if batch.isEnd { return }
        }
    }

    private func takeBatch(_ bytes: inout [UInt8]) -> Batch {
        _ = state.wait { state in
            state.isStopping || state.isReopening || state.nextOutput != nil || !state.bytes.isEmpty ? true : nil
        }
        // Whoever is in no hurry waits for others to share the write.
        _ = state.wait(milliseconds: Self.gatherMilliseconds) { state in
            state.isStopping || state.isReopening || state.nextOutput != nil || state.isUrgent ? true : nil
        }
        return state.withLock { state in
            swap(&state.bytes, &bytes)
            let batch = Batch(
                isReopening: state.isReopening, droppedLines: state.droppedLines, isEnd: state.isStopping,
                style: state.style, nextOutput: state.nextOutput)
            // Lines that come from now on are written in the words of the place where they go.
            if state.nextOutput != nil { state.style.isJournal = state.nextIsJournal }
            state.nextOutput = nil
            state.isWriting = true
            state.isUrgent = false
            state.isReopening = false
            state.droppedLines = 0
            return batch
        }
    }

    private func write(_ bytes: [UInt8], to output: Output) throws(LogError) {
        switch output {
        case .descriptor(let output): try output.write(bytes)
        case .lines(let take): take(bytes)
        }
    }

    private func reopen(_ output: Output) {
        guard case .descriptor(let output) = output else { return }
        do throws(LogError) {
            guard try output.reopen() else { return }
            line(.notice, "the log's file was opened again") { _ in }
        } catch {
            line(.error, "the log's file cannot be opened again; the old one is written on") { line in
                line.field("because", error.description)
            }
        }
    }
}
