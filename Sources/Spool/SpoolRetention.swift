import DurableIO

/// Trims a whole spool: the event log as a policy says, and the logs of execution reports behind it.
///
/// A report tells of an event that was there before it. So what was last written before the youngest event that is
/// trimmed came tells only of events that are gone, and goes with them; and of each event that is kept all reports are
/// kept, however old they are.
package struct SpoolRetention: Sendable {
    /// What came of one log.
    package struct Look: Sendable {
        /// `events`, or `executions/<writer>`.
        package let log: String
        package let trim: Result<LogTrim, CursorError>
    }

    private let layout: SpoolLayout
    private let disk: any Disk

    package init(of layout: SpoolLayout, disk: any Disk) {
        self.layout = layout
        self.disk = disk
    }

    /// Tells what ``apply(_:nowSeconds:force:)`` would do now, and changes nothing.
    package func plan(_ policy: RetentionPolicy, nowSeconds: Int64, force: Bool = false) -> [Look] {
        looks(policy) { (retention, policy) throws(CursorError) in
            try retention.plan(policy, nowSeconds: nowSeconds, force: force)
        }
    }

    /// Trims the event log, then what is told of its events alone; the event log's look comes first and is always there.
    package func apply(_ policy: RetentionPolicy, nowSeconds: Int64, force: Bool = false) -> [Look] {
        looks(policy) { (retention, policy) throws(CursorError) in
            try retention.apply(policy, nowSeconds: nowSeconds, force: force)
        }
    }

    /// What compresses each log; the execution logs' where they can be listed.
    package func compressions() -> [LogCompression] {
        let writers = (try? layout.executionWriters(disk: disk)) ?? []
        return (["events"] + writers.map { "executions/" + $0 }).map { LogCompression(log: $0, of: layout, disk: disk) }
    }

    private func looks(
        _ policy: RetentionPolicy, _ look: (LogRetention, RetentionPolicy) throws(CursorError) -> LogTrim
    ) -> [Look] {
        func taken(at retention: LogRetention, _ policy: RetentionPolicy) -> Look {
            let trim: Result<LogTrim, CursorError>
            do throws(CursorError) { trim = .success(try look(retention, policy)) } catch { trim = .failure(error) }
            return Look(log: retention.log, trim: trim)
        }
        let events = taken(at: .events(of: layout, disk: disk), policy)
        guard case .success(let trim) = events.trim, let lastWritten = trim.removed.lastWrittenSeconds else {
            return [events]
        }
        let writers: [String]
        do { writers = try layout.executionWriters(disk: disk) } catch {
            return [events, Look(log: "executions", trim: .failure(.disk(error)))]
        }
        var behind = RetentionPolicy(ageSecondsLimit: nil, bytesLimit: nil)
        behind.writtenBeforeSeconds = lastWritten
        return [events] + writers.map { taken(at: .executions(writer: $0, of: layout, disk: disk), behind) }
    }
}
