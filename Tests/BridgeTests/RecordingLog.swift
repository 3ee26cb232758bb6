import Logging
import OperatorLog
import Threading

/// The operator's log, kept in memory.
final class RecordingLog: Sendable {
    let sink: LogSink
    private let lines: Monitor<[String]>

    /// - Parameter format: the text form leaves out the time here.
    init(format: LogFormat = .text, sampling: Int = 1) throws {
        let lines = Monitor<[String]>([])
        self.lines = lines
        sink = try LogSink(
            to: .lines { bytes in
                let fresh = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
                    format == .text ? String($0.drop { $0 != " " }.dropFirst()) : String($0)
                }
                lines.withLock { $0 += fresh }
            }, format: format, level: .trace, sampling: sampling, clock: { moment })
    }

    deinit { sink.stop() }

    /// What was said since the last time.
    func taken() -> [String] {
        sink.flush()
        return lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}
