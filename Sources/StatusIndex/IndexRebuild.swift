import DurableIO
import Spool
import Threading

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
        var otherError: IndexRebuildError?
        do {
            let writer = try openDiscardingDamage(path)
            try writer.rebuild { (rebuild) throws(StatusIndexError) in
                // Not before the index is locked: until then a responder may remove what it trims.
                let ahead: ReadAhead
                do throws(ThreadError) { ahead = try ReadAhead(logs, disk: disk, upTo: upTo) } catch {
                    otherError = .thread(error)
                    throw .missing(path: path)
                }
                defer { ahead.stop() }
                while true {
                    switch ahead.next() {
                    case .rows(let rows, let log):
                        try rebuild.apply(
                            events: rows.events, executions: rows.executions, log: log.name, next: rows.next)
                        outcome.note(rows)
                    case .failed(let error, let log):
                        otherError = .log(error)
                        throw .missing(path: log.directory)
                    case .end: return
                    }
                }
            }
        } catch {
            throw otherError ?? .index(error)
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
    case thread(ThreadError)
}

extension IndexRebuildError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .index(let error): "\(error)"
        case .log(let error): error.description
        case .thread(let error): error.description
        }
    }
}
