import ArgumentParser
import DurableIO
import Events
import JSONText
import Spool

/// `fx-bench make-spool`: fills a spool as fx-bridge would, in large groups, so that a size can be measured.
struct MakeSpoolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-spool", abstract: "Adds events, and executions of them, to a spool that nobody writes now.",
        discussion: """
            Prints one JSON document: {"events":N,"executions":N,"seconds":S,"first_cid":"…","middle_cid":"…",
            "last_cid":"…"}. The cids are UUIDv7, a hundred microseconds apart, the last one now.
            """)

    @Argument(help: "The spool's directory; made if it does not exist.") var directory: String
    @Option(help: "How many events.") var events: Int
    @Option(help: "How long the data of each is, about.") var dataBytes = 200
    @Option(help: "Whose they are.") var tenant = "demo"
    @Flag(help: "One completed execution for each event, in the log of a writer named bench.") var executions = false

    private static let groupRecords = 2048
    private static let microsecondsApart: Int64 = 100

    func run() throws {
        let disk = LinuxDisk()
        let layout = SpoolLayout(root: directory)
        for path in [layout.root, layout.executions] { try disk.makeDirectory(path) }
        let began = Clock.nanoseconds()
        let firstTime = Clock.wallMicroseconds() - Int64(events) * Self.microsecondsApart
        var cids: [String] = []
        try fill(layout.events, layout, disk) { number, group in
            let time = firstTime + Int64(number) * Self.microsecondsApart
            let cid = CorrelationID(Self.cid(number, at: time))
            if [0, events / 2, events - 1].contains(number) { cids.append(cid.text) }
            let line = eventLine(number, cid: cid, at: Timestamp(microseconds: time))
            group.add(line.bytes, sequenceOffset: line.sequenceOffset)
        }
        if executions {
            try fill(layout.executions(writer: "bench"), layout, disk) { number, group in
                let time = firstTime + Int64(number) * Self.microsecondsApart
                let line = executionLine(number, cid: CorrelationID(Self.cid(number, at: time)), at: time)
                group.add(line.bytes, sequenceOffset: line.sequenceOffset)
            }
        }
        let seconds = Double(Clock.nanoseconds() - began) / 1e9
        print(
            """
            {"events":\(events),"executions":\(executions ? events : 0),"seconds":\(seconds),\
            "first_cid":"\(cids.first ?? "")","middle_cid":"\(cids.dropFirst().first ?? "")",\
            "last_cid":"\(cids.last ?? "")"}
            """)
    }

    private func fill(
        _ log: String, _ layout: SpoolLayout, _ disk: LinuxDisk, add: (Int, inout CommitGroup) throws -> Void
    ) throws {
        let appender = try LogAppender(
            directory: log, quarantine: layout.quarantine, options: LogOptions(), disk: disk)
        var number = 0
        while number < events {
            var group = CommitGroup()
            for _ in 0..<min(Self.groupRecords, events - number) {
                try add(number, &group)
                number += 1
            }
            _ = try appender.append(&group)
        }
    }

    /// The same for the same number and time, so that an execution finds its event.
    private static func cid(_ number: Int, at microseconds: Int64) -> UUIDv7 {
        var generator = SeededGenerator(seed: UInt64(number))
        return UUIDv7(
            milliseconds: microseconds / 1000, randomHigh: generator.next(), randomLow: generator.next())
    }

    private func eventLine(_ number: Int, cid: CorrelationID, at time: Timestamp) -> SpoolLine {
        var generator = SeededGenerator(seed: ~UInt64(number))
        let id = UUIDv7(
            milliseconds: time.milliseconds, randomHigh: generator.next(), randomLow: generator.next())
        let text = String(repeating: "x", count: max(0, dataBytes - 40))
        let data = Array(#"{"number":\#(number),"text":"\#(text)"}"#.utf8)
        return EventLine(
            id: id.text, source: EventSource("/bench"), type: "com.example.bench", recordedTime: time,
            cid: cid, tenant: tenant, authID: "bench"
        ).spoolLine(
            data: .json(JSONValue(kind: .object, range: 0..<data.count, hasNewlines: false)), of: data)
    }

    private func executionLine(_ number: Int, cid: CorrelationID, at microseconds: Int64) -> SpoolLine {
        ExecutionReport(
            cid: cid, executionID: "bench-\(number)", service: "bench", status: .completed,
            datetime: Timestamp(microseconds: microseconds), executionTime: "0.25",
            data: Array(#"{"rows":\#(number)}"#.utf8)
        ).spoolLine(tenant: tenant, authID: "bench", recordedTime: Timestamp(microseconds: microseconds))
    }
}
