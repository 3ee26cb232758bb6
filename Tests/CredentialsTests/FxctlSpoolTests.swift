import DurableIO
import FoundationEssentials
import Glibc
import Spool
import StatusIndex
import Testing

@Suite("fxctl spool")
struct FxctlSpoolTests {
    private let directory = TemporaryDirectory()
    private let layout: SpoolLayout

    init() throws {
        try #require(access(FxctlRun.executable, X_OK) == 0, "\(FxctlRun.executable) is not there")
        layout = SpoolLayout(root: directory.path + "/spool")
        try LinuxDisk().makeDirectory(layout.root)
        writeFile(directory.path + "/fx-bridge.yaml", "spool:\n  directory: spool\n")
    }

    private func fxctl(_ arguments: String...) -> FxctlRun {
        FxctlRun(["--config", directory.path + "/fx-bridge.yaml", "spool"] + arguments, in: directory)
    }

    /// Segments of one event each, received a minute ago.
    private func fill(_ events: Int) throws {
        let appender = try LogAppender(
            directory: layout.events, quarantine: layout.quarantine,
            options: LogOptions(segmentBytes: 1, reserveBytes: 0), disk: LinuxDisk())
        let recorded = Date(timeIntervalSinceNow: -60).ISO8601Format()
        for number in 1...events {
            let head = #"{"id":"e\#(number)","type":"t","correlationid":"c\#(number)","fxtenant":"acme","sequence":""#
            var group = CommitGroup()
            group.add(
                Array(#"\#(head)00000000000000000000","recordedtime":"\#(recorded)","data":\#(number)"#.utf8),
                sequenceOffset: head.utf8.count)
            _ = try appender.append(&group)
        }
    }

    private func document<Answer: Decodable>(_ run: FxctlRun, as type: Answer.Type) throws -> Answer {
        #expect(run.status == 0, "\(run.errors)")
        return try JSONDecoder().decode(type, from: Data(run.output.utf8))
    }

    private struct Consumers: Decodable {
        struct Consumer: Decodable {
            var consumer: String
            var log: String
            var next: UInt64
            var lagEvents: UInt64
            var lagBytes: UInt64
            var lagSeconds: Int64?
            var trimmedEvents: UInt64
        }
        var consumers: [Consumer]
        var broken: [String]
    }

    private struct Trim: Decodable {
        var dryRun: Bool
        var segments: Int
        var bytes: UInt64
        var firstSequence: UInt64?
        var lastSequence: UInt64?
        var logBegin: UInt64?
        var heldSegments: Int
        var consumers: [String]
        var indexedEvents: Int64
        var indexError: String?
    }

    private var segmentsCount: Int {
        get throws { try LinuxDisk().names(in: layout.events).count { $0.hasSuffix(SegmentName.suffix) } }
    }

    @Test("registers consumers, tells how far behind each is, moves and forgets them")
    func consumers() throws {
        try fill(5)
        #expect(fxctl("consumers").output == "There are no consumers.\n")
        #expect(fxctl("consumers", "add", "relay").status == 0)
        #expect(fxctl("consumers", "add", "tail", "--new").status == 0)
        #expect(fxctl("consumers", "add", "audit", "--from", "3", "--json").output.contains(#""next":3"#))

        // Common options stand anywhere.
        for run in [fxctl("consumers", "--json"), fxctl("--json", "consumers"), fxctl("consumers", "list", "--json")] {
            let listed = try document(run, as: Consumers.self)
            #expect(listed.consumers.map(\.consumer) == ["audit", "relay", "tail"])
            #expect(listed.consumers.map(\.next) == [3, 1, 6])
            #expect(listed.consumers.map(\.lagEvents) == [3, 5, 0])
            let bytes = try LogStatistics(directory: layout.events, disk: LinuxDisk()).bytes
            #expect(listed.consumers.map(\.lagBytes) == [bytes / 5 * 3, bytes, 0])
            #expect(try #require(listed.consumers[0].lagSeconds) >= 60)
            #expect(listed.consumers[2].lagSeconds == 0)
            #expect(listed.broken.isEmpty)
        }
        let table = fxctl("consumers")
        #expect(table.output.hasPrefix("CONSUMER") && table.output.contains("relay"))

        #expect(fxctl("consumers", "move", "relay", "--to", "5").status == 0)
        #expect(fxctl("consumers", "move", "relay", "--to", "2").status == 0)
        #expect(fxctl("consumers", "remove", "audit").status == 0)
        let left = try document(fxctl("consumers", "--json"), as: Consumers.self)
        #expect(left.consumers.map(\.consumer) == ["relay", "tail"])
        #expect(left.consumers.map(\.next) == [2, 6])
    }

    @Test("refuses consumers that cannot be, and says why")
    func refusedConsumers() throws {
        try fill(2)
        #expect(fxctl("consumers", "add", "relay").status == 0)
        let again = fxctl("consumers", "add", "relay")
        #expect(
            again.status == 1
                && again.errors == "fxctl: the consumer relay is registered already, at 1 of the log events\n")
        #expect(fxctl("consumers", "add", "Relay").errors.contains("is no consumer's name"))
        #expect(fxctl("consumers", "add", "x", "--from", "4").errors.contains("its next record will be 3"))
        #expect(fxctl("consumers", "add", "x", "--from", "0").status == 1)
        #expect(fxctl("consumers", "add", "x", "--from", "1", "--new").status == 2)
        #expect(fxctl("consumers", "add", "x", "--log", "event").status == 2)
        #expect(fxctl("consumers", "move", "relay", "--to", "9").status == 1)
        #expect(fxctl("consumers", "move", "nobody", "--to", "1").errors == "fxctl: no consumer nobody is registered\n")
        #expect(fxctl("consumers", "remove", "nobody").status == 1)
        #expect(try document(fxctl("consumers", "--json"), as: Consumers.self).consumers.count == 1)
    }

    @Test("lists the good cursors beside a broken one, names it, and fails")
    func brokenCursor() throws {
        try fill(4)
        #expect(fxctl("consumers", "add", "relay", "--new").status == 0)
        writeFile(layout.cursors + "/torn.json", "{\"log\"")
        let run = fxctl("consumers", "--json")
        #expect(run.status == 1 && run.errors.contains("1 cursor files tell nothing"))
        let listed = try JSONDecoder().decode(Consumers.self, from: Data(run.output.utf8))
        #expect(listed.consumers.count == 1)
        #expect(listed.broken.count == 1 && listed.broken[0].contains("cursors/torn.json"))

        let held = try document(fxctl("trim", "--max-bytes", "1", "--json"), as: Trim.self)
        #expect(held.segments == 0 && held.heldSegments == 2 && held.consumers.first?.hasSuffix("torn.json") == true)
        #expect(fxctl("consumers", "remove", "torn").status == 0)
        #expect(try document(fxctl("trim", "--max-bytes", "1", "--json"), as: Trim.self).segments == 2)
    }

    @Test("trims what all have read, shows it before, and forces the rest")
    func trim() throws {
        try fill(6)
        #expect(fxctl("consumers", "add", "relay", "--from", "3").status == 0)
        let index = layout.root + "/index.sqlite"
        _ = try IndexRebuild.run(path: index, layout: layout, disk: LinuxDisk())

        // The settings' seven days and ten gibibytes are not reached.
        #expect(try document(fxctl("trim", "--json"), as: Trim.self).segments == 0)
        #expect(fxctl("trim", "--older-than", "1h").output == "There is nothing to remove.\n")

        let plan = try document(fxctl("trim", "--dry-run", "--max-bytes", "1", "--json"), as: Trim.self)
        #expect(plan.dryRun && plan.segments == 2 && plan.heldSegments == 2 && plan.indexedEvents == 0)
        #expect(try segmentsCount == 6)

        let done = try document(fxctl("--json", "trim", "--max-bytes", "1"), as: Trim.self)
        #expect(!done.dryRun && done.segments == 2 && done.bytes == plan.bytes && done.logBegin == 3)
        #expect(done.firstSequence == 1 && done.lastSequence == 2 && done.consumers == ["relay"])
        #expect(done.indexedEvents == 2 && done.indexError == nil)
        #expect(try segmentsCount == 4)
        #expect(try IndexCheck.run(path: index, layout: layout, disk: LinuxDisk()).isEqual)

        let forced = fxctl("trim", "--force", "--max-bytes", "1")
        #expect(forced.output.hasPrefix("Removed 2 files"))
        #expect(forced.output.contains("the events 3 to 4.\nNot all of it was read by relay.\n"))
        #expect(try segmentsCount == 2)
        let behind = try document(fxctl("consumers", "--json"), as: Consumers.self).consumers
        #expect(behind.map(\.trimmedEvents) == [2] && behind.map(\.lagEvents) == [4])

        for arguments in [
            ["--older-than", "0s"], ["--older-than", "7"], ["--max-bytes", "0"], ["--max-bytes", "x"],
        ] {
            #expect(fxctl("trim", arguments[0], arguments[1]).status == 2)
        }
    }

    @Test("reads a trimmed log from where it begins, and says what is missing only to who asks for it")
    func readTrimmed() throws {
        try fill(4)
        #expect(fxctl("trim", "--max-bytes", "1").status == 0)
        let all = fxctl("read")
        #expect(all.status == 0 && all.errors.isEmpty && all.output.split(separator: "\n").count == 2)
        let early = fxctl("read", "--from", "1")
        #expect(early.status == 1 && early.errors.contains("the sequences 1 to 2 are missing"))
    }
}
