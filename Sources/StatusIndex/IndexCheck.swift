import DurableIO
import Spool

/// Compares the index with its logs, row for row.
///
/// A second index is built beside it from the logs, as far as the first one has read them, and both are walked in the
/// same order; so it needs the disk space of another index, and no memory.
///
/// Of reports that were trimmed the index knows more than the logs, and that is no difference:
///
/// * An execution's first report may be earlier than all that are left.
/// * An execution went with the report that stood (``StatusIndexWriter/removeSome(of:before:)``); one that it had
///   overruled may be left, and would stand if the index were built again. ``Outcome/remainders`` counts these.
///
/// Where every log of reports begins with its first record, both sides are the same to the last byte.
package struct IndexCheck {
    package struct Outcome: Sendable {
        package var events = 0
        package var executions = 0
        /// Executions that the logs know by reports only that the trimmed ones had overruled.
        package var remainders = 0
        /// The first differences, in words; ``differencesCount`` counts all.
        package var differences: [String] = []
        package var differencesCount = 0
        package var findings: [LogFinding] = []

        package var isEqual: Bool { differencesCount == 0 }

        fileprivate static let differencesLimit = 100
        /// Beyond it their overruled reports are told as differences.
        fileprivate static let remaindersLimit = 100_000

        fileprivate mutating func note(_ difference: @autoclosure () -> String) {
            differencesCount += 1
            if differences.count < Self.differencesLimit { differences.append(difference()) }
        }
    }

    /// - Throws: ``IndexRebuildError`` when index or logs cannot be read, or the second index cannot be built.
    package static func run(path: String, layout: SpoolLayout, disk: any Disk) throws(IndexRebuildError) -> Outcome {
        let scratch = path + ".check"
        do {
            try StatusIndexWriter.deleteIndex(at: scratch)
            defer { try? StatusIndexWriter.deleteIndex(at: scratch) }
            let index = try StatusIndexSnapshot(path: path)
            let positions = Dictionary(
                index.positions.map { (String(decoding: $0.log, as: UTF8.self), $0.next) },
                uniquingKeysWith: { first, _ in first })
            let logs = try IndexRebuild.logs(in: layout, disk: disk)
            let built = try IndexRebuild.build(path: scratch, logs: logs, disk: disk, upTo: positions)
            var outcome = Outcome()
            outcome.findings = built.findings
            let truth = try StatusIndexSnapshot(path: scratch)
            try compareEvents(index, truth, &outcome)
            let isTrimmed = try isTrimmed(layout, disk)
            let remainders = try compareExecutions(index, truth, isTrimmed: isTrimmed, &outcome)
            try compareOverruled(index, truth, remainders, &outcome)
            return outcome
        } catch let error as IndexRebuildError {
            throw error
        } catch let error as StatusIndexError {
            throw .index(error)
        } catch {
            preconditionFailure("only these two are thrown above")
        }
    }

    private static func compareEvents(
        _ index: StatusIndexSnapshot, _ truth: StatusIndexSnapshot, _ outcome: inout Outcome
    ) throws(StatusIndexError) {
        var found = try index.nextEvent()
        var due = try truth.nextEvent()
        while found != nil || due != nil {
            let order = (found?.sequence ?? .max, due?.sequence ?? .max)
            if order.0 < order.1 {
                outcome.note("event \(order.0) is in the index and not in the log")
                found = try index.nextEvent()
            } else if order.0 > order.1 {
                outcome.note("event \(order.1) is in the log and not in the index")
                due = try truth.nextEvent()
            } else {
                if found != due { outcome.note("event \(order.0) differs from the log") }
                outcome.events += 1
                found = try index.nextEvent()
                due = try truth.nextEvent()
            }
        }
    }

    private static func isTrimmed(_ layout: SpoolLayout, _ disk: any Disk) throws(IndexRebuildError) -> Bool {
        for log in try IndexRebuild.logs(in: layout, disk: disk) where log.name != IndexedLog.eventsName {
            do throws(SpoolError) {
                if try LogStatistics.firstSequence(in: log.directory, disk: disk) ?? 1 > 1 { return true }
            } catch {
                throw .log(error)
            }
        }
        return false
    }

    /// - Returns: the remainders, as far as they are remembered.
    private static func compareExecutions(
        _ index: StatusIndexSnapshot, _ truth: StatusIndexSnapshot, isTrimmed: Bool, _ outcome: inout Outcome
    ) throws(StatusIndexError) -> Set<ExecutionKey> {
        var remainders: Set<ExecutionKey> = []
        var found = try index.nextExecution()
        var due = try truth.nextExecution()
        while let key = [found, due].compactMap({ $0.map(ExecutionKey.init) }).min() {
            let isFound = found.map(ExecutionKey.init) == key
            let isDue = due.map(ExecutionKey.init) == key
            outcome.executions += 1
            if isFound, isDue {
                if isTrimmed, let left = due?.execution.firstRecordedMicroseconds,
                    let known = found?.execution.firstRecordedMicroseconds, known < left
                {
                    due?.execution.firstRecordedMicroseconds = known
                }
                if found != due { outcome.note("execution \(key) differs from the logs") }
            } else if isDue, isTrimmed {
                outcome.remainders += 1
                if remainders.count < Outcome.remaindersLimit { remainders.insert(key) }
            } else {
                let place = isFound ? "index and not in the logs" : "logs and not in the index"
                outcome.note("execution \(key) is in the \(place)")
            }
            if isFound { found = try index.nextExecution() }
            if isDue { due = try truth.nextExecution() }
        }
        return remainders
    }

    /// Of a remainder the logs let the first report stand that the index knows as overruled.
    private static func compareOverruled(
        _ index: StatusIndexSnapshot, _ truth: StatusIndexSnapshot, _ remainders: Set<ExecutionKey>,
        _ outcome: inout Outcome
    ) throws(StatusIndexError) {
        var found = try index.nextOverruledReport()
        var due = try truth.nextOverruledReport()
        while let key = [found, due].compactMap({ $0.map(ReportKey.init) }).min() {
            let isFound = found.map(ReportKey.init) == key
            let isDue = due.map(ReportKey.init) == key
            let isRemainder = isFound && !isDue && remainders.contains(key.execution)
            if !isRemainder, !isFound || !isDue || found != due {
                outcome.note("an overruled report of execution \(key.execution) differs from the logs")
            }
            if isFound { found = try index.nextOverruledReport() }
            if isDue { due = try truth.nextOverruledReport() }
        }
    }
}

/// An execution's place in the order of ``StatusIndexSnapshot/nextExecution()``.
private struct ExecutionKey: Hashable, Comparable, CustomStringConvertible {
    let id: [UInt8]
    let tenant: [UInt8]

    init(_ entry: ExecutionEntry) {
        id = entry.execution.executionID
        tenant = entry.tenant
    }

    init(_ entry: OverruledEntry) {
        id = entry.executionID
        tenant = entry.tenant
    }

    var description: String { String(decoding: id, as: UTF8.self) }

    /// Texts before blobs; UUIDs in lower case are in the order of their bits.
    private static func form(_ id: [UInt8]) -> Int {
        switch PackedName(ArraySlice(id)) {
        case .text: 0
        case .otherUUID: 1
        case .timeOrdered: 2
        }
    }

    static func < (left: ExecutionKey, right: ExecutionKey) -> Bool {
        if left.id == right.id { return left.tenant.lexicographicallyPrecedes(right.tenant) }
        let (leftForm, rightForm) = (form(left.id), form(right.id))
        return leftForm == rightForm ? left.id.lexicographicallyPrecedes(right.id) : leftForm < rightForm
    }
}

/// A report's place in the order of ``StatusIndexSnapshot/nextOverruledReport()``.
private struct ReportKey: Comparable {
    let execution: ExecutionKey
    let log: [UInt8]
    let sequence: UInt64
    let status: Int

    init(_ entry: OverruledEntry) {
        execution = ExecutionKey(entry)
        log = entry.report.log
        sequence = entry.report.sequence
        status = entry.report.status
    }

    static func < (left: ReportKey, right: ReportKey) -> Bool {
        if left.execution != right.execution { return left.execution < right.execution }
        if left.log != right.log { return left.log.lexicographicallyPrecedes(right.log) }
        return (left.sequence, left.status) < (right.sequence, right.status)
    }
}
