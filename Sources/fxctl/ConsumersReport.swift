import DurableIO
import Events
import Spool

/// What `fxctl spool consumers` tells.
///
/// ```json
/// {"consumers":[{"consumer":"relay","log":"events","next":43,"lagEvents":5,"lagBytes":4096,"lagSeconds":17,
///                "trimmedEvents":0}],
///  "broken":["/var/lib/fx-bridge/spool/cursors/old.json is no cursor: …"]}
/// ```
/// `lagSeconds` is how long the oldest record that a consumer has not passed has been on disk, 0 if there is none; it is
/// left out where the record does not say.
struct ConsumersReport: Encodable {
    struct Consumer: Encodable {
        var consumer: String
        var log: String
        var next: UInt64
        var lagEvents: UInt64
        var lagBytes: UInt64
        var lagSeconds: Int64?
        /// Of `lagEvents`, those that were trimmed before the consumer came.
        var trimmedEvents: UInt64
    }

    var consumers: [Consumer] = []
    var broken: [String]

    init(layout: SpoolLayout, disk: any Disk, nowSeconds: Int64) throws {
        let all = try CursorStore(layout: layout, disk: disk).all()
        broken = all.broken.map(\.description)
        var logEnds: [String: UInt64] = [:]
        for cursor in all.cursors {
            let directory = layout.root + "/" + cursor.log
            // Each takes a look at a whole segment, and most consumers read the same log.
            let logEnd = try logEnds[cursor.log] ?? LogStatistics(directory: directory, disk: disk).nextSequence
            logEnds[cursor.log] = logEnd
            let lag = try LogLag(directory: directory, from: cursor.next, logEnd: logEnd, disk: disk)
            consumers.append(
                Consumer(
                    consumer: cursor.consumer.text, log: cursor.log, next: cursor.next, lagEvents: lag.events,
                    lagBytes: lag.bytes, lagSeconds: Self.age(lag, nowSeconds: nowSeconds), trimmedEvents: lag.trimmed))
        }
    }

    var text: String {
        var lines: [String] = []
        if consumers.isEmpty {
            lines.append("There are no consumers.")
        } else {
            var rows = [["CONSUMER", "LOG", "NEXT", "EVENTS BEHIND", "BYTES", "SECONDS", "TRIMMED"]]
            for consumer in consumers {
                rows.append([
                    consumer.consumer, consumer.log, String(consumer.next), String(consumer.lagEvents),
                    String(consumer.lagBytes), consumer.lagSeconds.map { String($0) } ?? "-",
                    String(consumer.trimmedEvents),
                ])
            }
            lines.append(TextTable.text(rows))
        }
        return (lines + broken.map { "Retention keeps everything: \($0)" }).joined(separator: "\n")
    }

    private static func age(_ lag: LogLag, nowSeconds: Int64) -> Int64? {
        guard let line = lag.firstLine else { return 0 }
        let recorded =
            EventEnvelope(line: line, in: 0..<line.count)?.recordedTime
            ?? (try? RecordedEvent(line: line))?.recordedTime ?? (try? RecordedExecution(line: line))?.recordedTime
        return recorded.map { max(0, nowSeconds - $0.microseconds / 1_000_000) }
    }
}
