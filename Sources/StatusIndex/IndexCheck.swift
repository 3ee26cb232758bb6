import DurableIO
import Spool

/// Compares the index with its logs, row for row.
///
/// A second index is built beside it from the logs, as far as the first one has read them, and both are walked in the
/// same order; so it needs the disk space of another index, and no memory.
package struct IndexCheck {
    package struct Outcome: Sendable {
        package var events = 0
        package var executions = 0
        /// The first differences, in words; ``differencesCount`` counts all.
        package var differences: [String] = []
        package var differencesCount = 0
        package var findings: [LogFinding] = []

        package var isEqual: Bool { differencesCount == 0 }

        fileprivate static let differencesLimit = 100

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
            try compareExecutions(index, truth, &outcome)
            try compareOverruled(index, truth, &outcome)
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

    /// Both sides come in the same order, so the first difference says where they part; what follows is counted only.
    private static func compareExecutions(
        _ index: StatusIndexSnapshot, _ truth: StatusIndexSnapshot, _ outcome: inout Outcome
    ) throws(StatusIndexError) {
        while true {
            let (found, due) = (try index.nextExecution(), try truth.nextExecution())
            guard found != nil || due != nil else { return }
            outcome.executions += 1
            guard found != due else { continue }
            let id = (found ?? due).map { String(decoding: $0.execution.executionID, as: UTF8.self) } ?? ""
            outcome.note("execution \(id) differs from the logs")
        }
    }

    private static func compareOverruled(
        _ index: StatusIndexSnapshot, _ truth: StatusIndexSnapshot, _ outcome: inout Outcome
    ) throws(StatusIndexError) {
        while true {
            let (found, due) = (try index.nextOverruledReport(), try truth.nextOverruledReport())
            guard found != nil || due != nil else { return }
            guard found != due else { continue }
            let id = (found ?? due).map { String(decoding: $0.executionID, as: UTF8.self) } ?? ""
            outcome.note("an overruled report of execution \(id) differs from the logs")
        }
    }
}
