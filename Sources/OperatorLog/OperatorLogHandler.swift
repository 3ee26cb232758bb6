import Logging

/// swift-log's way into the operator's log.
package struct OperatorLogHandler: LogHandler {
    private let sink: LogSink
    package var metadata: Logger.Metadata = [:]

    package init(sink: LogSink) { self.sink = sink }

    /// The log's own, for all loggers alike; it may change while the process runs.
    package var logLevel: Logger.Level {
        get { sink.level }
        // A logger of its own level would be one that SIGHUP does not reach.
        set {}
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        sink.line(event.level, "\(event.message)", isUrgent: true) { line in
            for (name, value) in fields { line.field(named: name, "\(value)") }
        }
    }
}
