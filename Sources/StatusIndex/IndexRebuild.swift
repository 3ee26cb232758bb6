import DurableIO
import Spool

/// Builds the index anew from the logs, in one transaction: who reads meanwhile sees the old one.
package struct IndexRebuild {
    package struct Outcome: Sendable {
        package var events = 0
        package var reports = 0
        package var findings: [LogFinding] = []
        /// Findings beyond the limit are only counted.
        package var findingsCount = 0

        fileprivate static let findingsLimit = 1000
    }

    private static let rowsPerBatch = 4096

    /// Reads every log to its end.
    ///
    /// A responder may run meanwhile: it waits with its own rows and then goes on where this ends.
    ///
    /// - Throws: ``IndexRebuildError``; the old index stays.
    package static func run(path: String, layout: SpoolLayout, disk: any Disk) throws(IndexRebuildError) -> Outcome {
        try build(path: path, logs: logs(in: layout, disk: disk), disk: disk, upTo: nil)
    }

    static func logs(in layout: SpoolLayout, disk: any Disk) throws(IndexRebuildError) -> [IndexedLog] {
        do {
            return try IndexedLog.all(in: layout, disk: disk)
        } catch {
            throw .log(.disk(error))
        }
    }

    /// - Parameter upTo: where to stop in each log, by its name; nil for the end.
    static func build(
        path: String, logs: [IndexedLog], disk: any Disk, upTo: [String: UInt64]?
    ) throws(IndexRebuildError) -> Outcome {
        var outcome = Outcome()
        var logError: SpoolError?
        do {
            let writer = try openDiscardingDamage(path)
            try writer.rebuild { (rebuild) throws(StatusIndexError) in
                for log in logs {
                    let limit = upTo.map { LogPosition(segment: 0, offset: 0, nextSequence: $0[log.name] ?? 0) }
                    let reader: LogReader
                    do throws(SpoolError) { reader = try log.readerOfAll(disk: disk) } catch {
                        logError = error
                        throw .missing(path: log.directory)
                    }
                    while true {
                        let rows: IndexedLog.Rows
                        do throws(SpoolError) {
                            rows = try log.readRows(reader, limit: rowsPerBatch, position: limit)
                        } catch {
                            logError = error
                            throw .missing(path: log.directory)
                        }
                        try rebuild.apply(
                            events: rows.events, executions: rows.executions, log: log.name, next: rows.next)
                        outcome.note(rows)
                        if rows.isEnd { break }
                    }
                }
            }
        } catch {
            throw logError.map { .log($0) } ?? .index(error)
        }
        return outcome
    }

    private static func openDiscardingDamage(_ path: String) throws(StatusIndexError) -> StatusIndexWriter {
        do {
            return try StatusIndexWriter(path: path, create: true)
        } catch {
            guard error.isCuredByRebuild else { throw error }
            try StatusIndexWriter.deleteIndex(at: path)
            return try StatusIndexWriter(path: path, create: true)
        }
    }
}

extension IndexRebuild.Outcome {
    fileprivate mutating func note(_ rows: IndexedLog.Rows) {
        events += rows.events.count
        reports += rows.executions.count
        findingsCount += rows.findings.count
        findings += rows.findings.prefix(Self.findingsLimit - findings.count)
    }
}

/// Why an index could not be built.
package enum IndexRebuildError: Error, Sendable {
    case index(StatusIndexError)
    case log(SpoolError)
}

extension IndexRebuildError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .index(let error): "\(error)"
        case .log(let error): error.description
        }
    }
}
