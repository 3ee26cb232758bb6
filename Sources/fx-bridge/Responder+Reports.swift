import DurableIO
import Logging
import Settings
import Spool
import StatusIndex

extension Responder {
    /// Opens the bridge's own log of executions, `executions/bridge`, where reports that come over HTTP lie.
    func startReportWriter(_ layout: SpoolLayout, _ indexer: StatusIndexer) throws -> LogWriter {
        let logger = logger
        let options = LogOptions(
            segmentBytes: UInt64(settings.spool.segmentBytes), reserveBytes: UInt64(settings.spool.freeBytesReserve))
        let appender: LogAppender
        do {
            appender = try LogAppender(
                directory: layout.executions(writer: "bridge"), quarantine: layout.quarantine, options: options,
                disk: LinuxDisk())
        } catch {
            throw StartFailure("the log executions/bridge cannot be written: \(error)")
        }
        for finding in appender.recovery.findings {
            logger.error("recovery found damage in the spool", metadata: ["what": "\(finding)"])
        }
        let limits = LogWriter.Limits(
            pendingBytes: settings.spool.pendingBytesLimit, pendingRecords: settings.spool.pendingEventsLimit)
        return try LogWriter(appender, limits: limits) { event in
            switch event {
            case .committed: indexer.poke()
            case .refused(let records, let error):
                logger.error(
                    "reports of executions could not be stored; their senders were told",
                    metadata: ["reports": "\(records)", "because": "\(error)"])
            case .recovered: logger.notice("reports of executions are stored again")
            }
        }
    }
}
