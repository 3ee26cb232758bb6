import Events
import JSONText

/// What the runner is doing, for whoever watches it: a file that is replaced at most once a second, and only when it
/// would say something else.
///
/// ```json
/// {"process":4711,"time":"2026-01-02T03:04:05.678901Z","next_event":43,"oldest_event":42,"running":1,"waiting":0,
///  "unwritten":0,"services":[{"service":"hello","running":1,"waiting":0,"completed":7,"failed":0,"skipped":0}]}
/// ```
/// Events up to `next_event` have been looked at, those before `oldest_event` are done with. The counts are those since
/// the start.
package struct RunnerStatus: Sendable, Equatable {
    package struct ServiceLine: Sendable, Equatable {
        package var service: String
        package var running = 0
        package var waiting = 0
        package var completed = 0
        package var failed = 0
        package var skipped = 0
    }

    package var nextEvent: UInt64 = 0
    package var oldestEvent: UInt64 = 0
    package var running = 0
    package var waiting = 0
    /// Records that the disk has refused so far.
    package var unwritten = 0
    package var services: [ServiceLine] = []

    package func json(process: Int32, time: Timestamp) -> [UInt8] {
        var output: [UInt8] = []
        JSONWriter.appendRaw(
            "{\"process\":\(process),\"time\":\"\(time.text)\",\"next_event\":\(nextEvent),\"oldest_event\":\(oldestEvent),"
                + "\"running\":\(running),\"waiting\":\(waiting),\"unwritten\":\(unwritten),\"services\":[", to: &output
        )
        for (index, line) in services.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            JSONWriter.appendRaw("{\"service\":", to: &output)
            JSONWriter.appendString(line.service, to: &output)
            JSONWriter.appendRaw(
                ",\"running\":\(line.running),\"waiting\":\(line.waiting),\"completed\":\(line.completed),"
                    + "\"failed\":\(line.failed),\"skipped\":\(line.skipped)}", to: &output)
        }
        JSONWriter.appendRaw("]}\n", to: &output)
        return output
    }
}
