import DurableIO
import Glibc
import Idempotency
import Logging
import Settings
import Spool
import StatusIndex

/// Who wants to know that the event log has grown.
struct LogFollowers: Sendable {
    let writer: LogWriter
    let indexer: StatusIndexer
    let trimmer: SpoolTrimmer
    let claims: ClaimStore?

    /// Called on a thread of the log's.
    func noteCommit() {
        indexer.poke()
        let position = writer.position
        trimmer.noteCommit(position)
        claims?.noteCommit(before: position.nextSequence)
    }
}

extension Responder {
    /// Starts what keeps the event log within `spool.retention_age` and `spool.retention_bytes`.
    func startTrimmer(_ layout: SpoolLayout, _ indexer: StatusIndexer, _ claims: ClaimStore?) throws -> SpoolTrimmer {
        let log = RetentionLog(logger: logger)
        let trimmer = SpoolTrimmer(
            retention: SpoolRetention(of: layout, disk: LinuxDisk()), policy: RetentionPolicy(settings.spool),
            isCompressing: settings.spool.compression == .zstd, nowSeconds: { Int64(time(nil)) }
        ) { event in
            log.write(event)
            // Also where nothing went: fxctl may have trimmed, or a crash came between.
            guard case .looked(let look) = event, case .success(let trim) = look.trim, let first = trim.firstSequence
            else { return }
            indexer.forget(log: look.log, before: first)
            if look.log == "events" { claims?.forgetEvents(before: first) }
        }
        try trimmer.start()
        return trimmer
    }
}

extension RetentionPolicy {
    /// Zero means no limit.
    init(_ spool: BridgeSettings.Spool) {
        self.init(
            ageSecondsLimit: spool.retentionAge == .zero ? nil : spool.retentionAge.components.seconds,
            bytesLimit: spool.retentionBytes == 0 ? nil : UInt64(spool.retentionBytes))
    }
}

/// What the operator hears of retention.
private struct RetentionLog: Sendable {
    let logger: Logger

    func write(_ event: SpoolTrimmer.Event) {
        switch event {
        case .looked(let look): write(look)
        case .compressed(let log, let outcome):
            logger.info(
                "sealed files of the spool were compressed",
                metadata: [
                    "log": "\(log)", "segments": "\(outcome.segments)", "bytes_before": "\(outcome.bytesBefore)",
                    "bytes_after": "\(outcome.bytesAfter)",
                ])
        case .notCompressed(let log, let error):
            logger.error("the spool could not be compressed", metadata: ["log": "\(log)", "because": "\(error)"])
        }
    }

    private func write(_ look: SpoolRetention.Look) {
        var logger = logger
        logger[metadataKey: "log"] = "\(look.log)"
        switch look.trim {
        case .failure(let error):
            logger.error("the spool could not be trimmed", metadata: ["because": "\(error)"])
        case .success(let trim):
            if trim.removed.segments > 0 { logger.notice("the spool was trimmed", metadata: metadata(trim.removed)) }
            if trim.held.segments > 0 {
                var facts = metadata(trim.held)
                facts["consumers"] = "\(trim.holders.joined(separator: ", "))"
                logger.warning("consumers hold back what retention would trim", metadata: facts)
            }
            if let error = trim.failure {
                logger.error("the spool could not be trimmed as far as it should", metadata: ["because": "\(error)"])
            }
        }
    }

    private func metadata(_ run: LogTrim.Run) -> Logger.Metadata {
        var facts: Logger.Metadata = ["segments": "\(run.segments)", "bytes": "\(run.bytes)"]
        if let sequences = run.sequences {
            facts["first_sequence"] = "\(sequences.lowerBound)"
            facts["last_sequence"] = "\(sequences.upperBound - 1)"
        }
        return facts
    }
}
