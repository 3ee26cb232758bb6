import DurableIO
import Glibc
import Idempotency
import Logging
import Metrics
import Settings
import Spool
import StatusIndex

extension Responder {
    /// Starts what knows a request again; nil where the operator wants none of it.
    ///
    /// - Precondition: nothing was committed since `writer` was started.
    func startClaims(_ layout: SpoolLayout, _ writer: LogWriter, _ recent: RecentEvents) throws -> ClaimStore? {
        let windowSeconds = settings.idempotency.window.components.seconds
        guard windowSeconds > 0 else { return nil }
        let logger = logger
        let options = ClaimOptions(
            directory: layout.claims, log: layout.events, disk: LinuxDisk(), windowSeconds: windowSeconds,
            keysLimit: settings.idempotency.keysLimit, indexedBefore: { recent.indexedBefore }
        ) { notice in
            switch notice {
            case .ready(let keys): logger.info("the idempotency keys are known", metadata: ["keys": "\(keys)"])
            case .rebuilding(let error):
                logger.warning(
                    "the idempotency keys are read from the log again", metadata: ["because": "\(error)"])
            case .failed(let error):
                logger.error("the idempotency keys cannot be kept; trying again", metadata: ["because": "\(error)"])
            case .windowCutShort(let keys):
                logger.warning(
                    "idempotency.keys_limit is reached: keys were forgotten before idempotency.window had passed",
                    metadata: ["keys": "\(keys)"])
            }
        }
        let claims = ClaimStore(options)
        try claims.start(at: writer.position, nowSeconds: Int64(time(nil)))
        registerCounts(of: claims)
        return claims
    }

    private func registerCounts(of claims: ClaimStore) {
        metrics.collect([
            .counter(
                "fx_bridge_idempotent_replays",
                help: "Requests that came again and were answered with the first one's event."),
            .counter(
                "fx_bridge_idempotency_conflicts",
                help: "Requests under the idempotency key of one with another body."),
            .gauge("fx_bridge_idempotency_keys", help: "Keys that are known."),
        ]) {
            let statistics = claims.statistics
            return [
                [MetricSample(statistics.repeats)], [MetricSample(statistics.conflicts)],
                [MetricSample(statistics.keys)],
            ]
        }
    }
}
