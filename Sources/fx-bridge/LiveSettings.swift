import Bridge
import FastCGI
import Logging
import OperatorLog
import Settings
import Spool

/// The settings in force, and the way in which some of them change while the bridge runs.
final class LiveSettings {
    /// What takes a new value.
    struct Parts {
        let log: LogSink
        let limits: RequestLimits
        let policy: EventPolicy
        let server: FastCGIServer
        let trimmer: SpoolTrimmer
    }

    private(set) var current: BridgeSettings
    private let read: () throws(SettingsError) -> BridgeSettings
    private let parts: Parts
    private let logger: Logger

    init(
        _ settings: BridgeSettings, read: @escaping () throws(SettingsError) -> BridgeSettings, parts: Parts,
        logger: Logger
    ) {
        current = settings
        self.read = read
        self.parts = parts
        self.logger = logger
    }

    /// Reads the settings again and takes over what may change; says what that was, and what needs a restart. Settings with
    /// a fault change nothing.
    func readAgain() {
        let fresh: BridgeSettings
        do throws(SettingsError) {
            fresh = try read()
        } catch {
            logger.error("the settings cannot be used; nothing was changed", metadata: ["because": "\(error)"])
            return
        }
        let differences = fresh.differences(from: current, for: .bridge)
        let refused = take(fresh)
        if differences.contains(where: { $0.key.hasPrefix("spool.retention_") }) {
            parts.trimmer.setPolicy(RetentionPolicy(fresh.spool))
        }
        let change = SettingsChange(differences, in: fresh, except: refused)
        for settings in change.changed {
            logger.notice("the settings were read again", metadata: ["changed": "\(settings)"])
        }
        for settings in change.needingRestart {
            logger.warning(
                "some settings differ from those in force and need a restart", metadata: ["settings": "\(settings)"])
        }
        current.adoptLive(from: fresh, except: refused)
    }

    /// Returns the keys that could not be taken over.
    private func take(_ fresh: BridgeSettings) -> Set<String> {
        parts.limits.set(
            jsonDepth: fresh.limits.jsonDepth, eventSourceBytes: fresh.limits.eventSourceBytes,
            eventTypeBytes: fresh.limits.eventTypeBytes,
            // The limit on what waits is the one in force.
            batchEvents: min(fresh.limits.batchEvents, current.spool.pendingEventsLimit))
        parts.policy.set(.init(fresh.events))
        parts.server.bodyBytesLimit = fresh.limits.bodyBytes
        parts.log.level = Logger.Level(rawValue: fresh.log.level.rawValue) ?? .info
        parts.log.setSampling(fresh.log.sampling)
        parts.log.setFormat(fresh.log.format == .json ? .json : .text)
        guard fresh.log.file != current.log.file else { return [] }
        do throws(LogError) {
            try parts.log.move(to: fresh.log.file.map { .file($0) } ?? .standardError)
            return []
        } catch {
            logger.error("log.file cannot be opened; the log stays where it is", metadata: ["because": "\(error)"])
            return ["log.file"]
        }
    }
}

extension EventPolicy.Values {
    init(_ events: BridgeSettings.Events) {
        self.init(
            generic: EventDefaults(source: events.genericSource, type: events.genericType),
            webhook: EventDefaults(source: events.webhookSource, type: events.webhookType),
            handshake: WebhookHandshake(origins: events.webhookOrigins, rateLimit: events.webhookRate))
    }
}
