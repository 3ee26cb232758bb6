import Bridge
import DurableIO
import Glibc
import Logging
import Metrics
import Settings
import Spool
import StatusIndex

extension Responder {
    /// Opens the room for requests that wait for executions.
    func startRoom(_ recent: RecentEvents) throws -> WaitingRoom {
        let limits = WaitingRoom.Limits(
            waiters: settings.status.waitersLimit, waitersPerTenant: settings.status.waitersPerTenantLimit,
            heartbeatMilliseconds: settings.status.heartbeat.components.seconds * 1000)
        let room = WaitingRoom(recent: recent, limits: limits, clock: Self.monotonicMilliseconds)
        metrics.gauge("fx_bridge_waiters", help: "Requests that wait for executions, streams included.") { room.count }
        try room.start(index: StatusIndexReader(path: settings.index.file))
        return room
    }

    private static func monotonicMilliseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    static let reportWriterName = "bridge"

    /// Opens the bridge's own log of executions, `executions/bridge`, where reports that come over HTTP lie.
    func startReportWriter(
        _ layout: SpoolLayout, _ indexer: StatusIndexer, _ room: WaitingRoom
    ) throws -> LogWriter {
        let logger = logger
        let options = LogOptions(
            segmentBytes: UInt64(settings.spool.segmentBytes), reserveBytes: UInt64(settings.spool.freeBytesReserve))
        let appender: LogAppender
        do {
            appender = try LogAppender(
                directory: layout.executions(writer: Self.reportWriterName), quarantine: layout.quarantine,
                options: options,
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
            case .durable: break
            case .committed: indexer.poke(isUrgent: room.count > 0)
            case .refused(let records, let error):
                logger.error(
                    "reports of executions could not be stored; their senders were told",
                    metadata: ["reports": "\(records)", "because": "\(error)"])
            case .recovered: logger.notice("reports of executions are stored again")
            }
        }
    }
}
