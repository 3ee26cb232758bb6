import Authentication
import Credentials
import Logging
import Metrics
import Spool

extension Responder {
    /// Each credential is a series of its own; a scraper need not carry more.
    private static let lastUseSeriesLimit = 1000

    func makeLastUseRecorder(_ layout: SpoolLayout) -> LastUseRecorder {
        let logger = logger
        return LastUseRecorder(path: layout.lastUses) { error in
            logger.warning("when credentials were last used is not on record", metadata: ["because": "\(error)"])
        }
    }

    func registerCredentialGauges(_ credentials: CredentialFollower) {
        metrics.collect([
            .gauge(
                "fx_bridge_credential_last_used_seconds", unit: .seconds,
                help:
                    "When a credential was last used, since 1970; secret tells a key's newest from the one it replaces.",
                labels: ["credential", "secret"])
        ]) {
            let used = credentials.lastUses.filter { $0.lastUsedSeconds != nil }
                .sorted { ($0.lastUsedSeconds ?? 0) > ($1.lastUsedSeconds ?? 0) }
            return [
                used.prefix(Self.lastUseSeriesLimit).map { use in
                    let secret = use.secretCreatedSeconds == nil ? "" : use.isReplaced ? "replaced" : "current"
                    return MetricSample(Int(use.lastUsedSeconds ?? 0), use.credentialID, secret)
                }
            ]
        }
    }
}
