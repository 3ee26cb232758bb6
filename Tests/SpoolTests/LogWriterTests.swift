import DurableIO
import Spool
import Testing
import Threading

struct LogWriterTests {
    /// Collects what became of records.
    final class Outcomes: Sendable {
        let sequences = Monitor<[UInt64]>([])
        let errors = Monitor<[SpoolError]>([])

        final class Waiter: CommitWaiter {
            let outcomes: Outcomes
            init(_ outcomes: Outcomes) { self.outcomes = outcomes }
            func recordWasCommitted(sequence: UInt64) {
                outcomes.sequences.update {
                    $0.append(sequence)
                    return .all
                }
            }
            func recordWasRefused(_ error: SpoolError) {
                outcomes.errors.update {
                    $0.append(error)
                    return .all
                }
            }
        }
    }

    private func submit(_ text: String, to writer: LogWriter, _ outcomes: Outcomes) throws(SpoolError) {
        let (line, offset) = record(text)
        try writer.submit(line, sequenceOffset: offset, waiter: Outcomes.Waiter(outcomes))
    }

    @Test func `records of many threads are each committed once, and their waiters are told their sequence`() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory), limits: .init()) { _ in }
        let outcomes = Outcomes()
        let threads = try (0..<8).map { thread in
            try WorkerThread(name: "sender") {
                for number in 0..<200 { try? submit("\(thread * 1000 + number)", to: writer, outcomes) }
            }
        }
        for thread in threads { thread.join() }
        writer.stop()
        #expect(outcomes.sequences.withLock { $0 } == Array(1...1600))
        let records = try readAll(directory)
        #expect(records.count == 1600)
        #expect(Set(records.map { $0.split(separator: ":")[1] }).count == 1600)
    }

    @Test func `what waits for the disk is bounded, and the refusal says by how much`() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory), limits: .init(pendingBytes: 100, pendingRecords: 8)) { _ in }
        let outcomes = Outcomes()
        #expect(throws: SpoolError.recordTooLarge(bytes: 259, limit: 100)) {
            try submit("\"" + String(repeating: "x", count: 196) + "\"", to: writer, outcomes)
        }
        writer.stop()
    }

    @Test func `records handed over together are committed one behind the other, and one waiter hears of the last`()
        throws
    {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory), limits: .init()) { _ in }
        let outcomes = Outcomes()
        let records = (1...3).map { number in
            let (line, offset) = record("\(number)")
            return LogRecord(line: line, sequenceOffset: offset)
        }
        try writer.submit(records, waiter: Outcomes.Waiter(outcomes))
        try writer.submit(records, waiter: Outcomes.Waiter(outcomes))
        writer.stop()
        #expect(outcomes.sequences.withLock { $0 } == [3, 6])
        #expect(try readAll(directory) == ["1:1", "2:2", "3:3", "4:1", "5:2", "6:3"])
    }

    @Test func `records handed over together are bounded as single ones are, and taken all or none`() throws {
        let directory = try TemporaryDirectory()
        let (line, offset) = record("1")
        let bytes = line.count + RecordFormat.trailerBytes
        // Each but the last one says how many follow.
        let rest = #","fxbatchrest":"0000000001""#.utf8.count
        let limits = LogWriter.Limits(pendingBytes: 3 * bytes + 2 * rest, pendingRecords: 8)
        let writer = try LogWriter(LogAppender(directory), limits: limits) { _ in }
        let outcomes = Outcomes()
        let record = LogRecord(line: line, sequenceOffset: offset)
        #expect(throws: SpoolError.recordTooLarge(bytes: 4 * bytes + 3 * rest, limit: 3 * bytes + 2 * rest)) {
            try writer.submit([record, record, record, record], waiter: Outcomes.Waiter(outcomes))
        }
        try writer.submit([record, record, record], waiter: Outcomes.Waiter(outcomes))
        writer.stop()
        #expect(throws: SpoolError.stopped) { try writer.submit([record], waiter: Outcomes.Waiter(outcomes)) }
        #expect(outcomes.sequences.withLock { $0 } == [3])
        #expect(outcomes.errors.withLock { $0.isEmpty })
    }

    @Test func `a failed group is refused to all its waiters and the next one succeeds and says so`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let events = Monitor<[String]>([])
        let writer = try LogWriter(LogAppender(directory, disk: disk), limits: .init()) { event in
            events.withLock {
                switch event {
                case .durable(let records, _): $0.append("durable \(records)")
                case .committed: $0.append("committed")
                case .refused(let records, _): $0.append("refused \(records)")
                case .recovered: $0.append("recovered")
                }
            }
        }
        let outcomes = Outcomes()
        disk.faults.withLock { $0.failedSynchronizations = 1 }
        try submit("1", to: writer, outcomes)
        outcomes.errors.wait { $0.isEmpty ? nil : () }
        #expect(writer.lastError != nil)
        try submit("2", to: writer, outcomes)
        outcomes.sequences.wait { $0.isEmpty ? nil : () }
        writer.stop()
        #expect(events.withLock { $0 } == ["refused 1", "durable 1", "recovered", "committed"])
        #expect(writer.lastError == nil)
        #expect(try readAll(directory) == ["1:2"])
    }

    @Test func `the next group is on disk while the senders of the last one are still being told`() throws {
        final class Gate: CommitWaiter {
            let isOpen = Monitor(false)
            func recordWasCommitted(sequence: UInt64) { isOpen.wait { $0 ? () : nil } }
            func recordWasRefused(_ error: SpoolError) {}
        }
        let directory = try TemporaryDirectory()
        let disk = RecordingDisk()
        let writer = try LogWriter(LogAppender(directory, disk: disk), limits: .init()) { _ in }
        let (gate, outcomes) = (Gate(), Outcomes())
        func waitForSynchronizations(_ count: Int) {
            disk.calls.wait { calls in
                calls.count { $0.hasSuffix(".ndjson") && $0.hasPrefix("fdatasync") } < count ? nil : ()
            }
        }
        let (line, offset) = record("1")
        try writer.submit(line, sequenceOffset: offset, waiter: gate)
        waitForSynchronizations(1)
        let before = writer.position
        try submit("2", to: writer, outcomes)
        waitForSynchronizations(2)
        // Nobody hears of the second before all of the first do.
        #expect(writer.position == before)
        #expect(outcomes.sequences.withLock { $0.isEmpty })
        gate.isOpen.update {
            $0 = true
            return .all
        }
        writer.stop()
        #expect(outcomes.sequences.withLock { $0 } == [2])
        #expect(writer.position.nextSequence == 3)
    }

    @Test func `whoever is told of a record finds it counted`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultyDisk()
        let counted = Monitor(0)
        let writer = try LogWriter(LogAppender(directory, disk: disk), limits: .init()) { event in
            switch event {
            case .durable(let records, _), .refused(let records, _): counted.withLock { $0 += records }
            case .committed, .recovered: break
            }
        }
        defer { writer.stop() }
        disk.faults.withLock { $0.failedSynchronizations = 1 }
        for number in 1...3 {
            let waiter = CountingWaiter { counted.withLock { $0 } }
            let (line, offset) = record("\(number)")
            try writer.submit(line, sequenceOffset: offset, waiter: waiter)
            #expect(waiter.countWhenTold.wait { $0 } == number)
        }
    }

    /// Looks at a count in the moment in which it is told.
    private final class CountingWaiter: CommitWaiter {
        let countWhenTold = Monitor<Int?>(nil)
        private let count: @Sendable () -> Int

        init(_ count: @escaping @Sendable () -> Int) { self.count = count }

        func recordWasCommitted(sequence: UInt64) { note() }
        func recordWasRefused(_ error: SpoolError) { note() }

        private func note() {
            countWhenTold.update {
                $0 = count()
                return .all
            }
        }
    }

    @Test func `a stopped log has committed what it took and takes no more`() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(LogAppender(directory), limits: .init()) { _ in }
        let outcomes = Outcomes()
        for number in 0..<100 { try submit("\(number)", to: writer, outcomes) }
        writer.stop()
        #expect(outcomes.sequences.withLock { $0.count } == 100)
        #expect(throws: SpoolError.stopped) { try submit("1", to: writer, outcomes) }
    }
}
