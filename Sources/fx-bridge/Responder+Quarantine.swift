import Bridge
import Errands
import Logging
import Quarantine
import Settings
import Spool

extension Responder {
    /// What is kept of refused webhooks; nil where the operator wants none of it.
    func quarantineOptions(_ layout: SpoolLayout) -> QuarantineOptions? {
        let ageSeconds = settings.quarantine.age.components.seconds
        guard ageSeconds > 0 else { return nil }
        let (logger, counts) = (logger, QuarantineMetrics(metrics))
        return QuarantineOptions(
            root: layout.refused, bytesPerKeyLimit: settings.quarantine.bytesPerKey, ageSeconds: ageSeconds,
            reserveBytes: UInt64(settings.spool.freeBytesReserve)
        ) { notice in
            counts.note(notice)
            switch notice {
            case .kept(let id, let keyID, let reason, let removedCount):
                logger.info(
                    "a refused webhook is kept",
                    metadata: [
                        "id": "\(id)", "key": "\(keyID)", "reason": "\(reason)",
                        "older_ones_removed": "\(removedCount)",
                    ])
            case .dropped(let count):
                logger.warning("refused webhooks came too fast to be kept", metadata: ["webhooks": "\(count)"])
            case .released(let id, let keyID):
                logger.notice("a refused webhook was released", metadata: ["id": "\(id)", "key": "\(keyID)"])
            case .failed(let error):
                logger.error("refused webhooks cannot be kept or released", metadata: ["because": "\(error)"])
            }
        }
    }

    /// Starts the keeping and watches for what fxctl asks.
    func startQuarantine(_ bridge: EventBridge, _ layout: SpoolLayout) throws {
        guard let refused = bridge.refusedRequests else { return }
        do { try QuarantineDirectory(root: layout.refused).prepare() } catch {
            throw StartFailure("the quarantine cannot be written: \(error)")
        }
        QuarantineMetrics.registerGauges(metrics, of: refused)
        try refused.start()
        if !signals.watch(QuarantineDirectory(root: layout.refused).releases.directory) {
            logger.warning("releases of refused webhooks are seen once an hour only")
        }
    }
}
