import Bridge
import Errands
import Logging
import Spool
import StatusIndex

extension Responder {
    /// Starts what makes events happen again, and watches for what fxctl asks of it.
    func startReplays(_ layout: SpoolLayout, _ writer: LogWriter, _ recent: RecentEvents) throws -> ReplayEvents {
        let logger = logger
        let options = ReplayOptions(root: layout.replays, log: layout.events, disk: disk) { notice in
            switch notice {
            case .finished(let name, let outcome):
                logger.notice(
                    "events were replayed",
                    metadata: [
                        "replay": "\(name)", "events": "\(outcome.events.count)",
                        "skipped": "\(outcome.skipped.count)", "refused": "\(outcome.refused ?? "no")",
                    ])
            case .failed(let because):
                logger.error("events cannot be replayed; trying again", metadata: ["because": "\(because)"])
            }
        }
        let box = ReplayBox(root: layout.replays)
        do { try box.prepare() } catch { throw StartFailure("replays cannot be asked: \(error)") }
        let replays = ReplayEvents(options, writer: writer, recent: recent, clock: Self.now)
        if !signals.watch(box.errands.directory) {
            logger.warning("replays that are asked are seen once an hour only")
        }
        try replays.start()
        return replays
    }
}
