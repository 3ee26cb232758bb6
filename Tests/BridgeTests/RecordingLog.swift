import Logging
import Threading

/// The operator's log as lines of text: level, message, metadata in the order of their names.
final class RecordingLog: Sendable {
    private let lines = Monitor<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    func taken() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    private struct Handler: LogHandler {
        let log: RecordingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let parts = [event.level.rawValue, "\(event.message)"] + pairs
            log.lines.withLock { $0.append(parts.joined(separator: " ")) }
        }
    }
}
