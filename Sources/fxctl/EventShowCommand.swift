import ArgumentParser
import DurableIO
import Events
import JSONText
import Settings
import Spool
import StatusIndex

/// `fxctl event show`: the events of a cid as they lie on the spool, the way they took, and their executions.
///
/// ```json
/// {"cid":"nightly-42","events":[{"event":{…},"consumers":[{"consumer":"runner","passed":true}]}],"executions":[{…}],
///  "more":false}
/// ```
/// `event` is null where the spool holds it no more.
struct EventShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the events of a correlation id, the way they took, and their executions.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The correlation id.") var cid: String

    @Option(help: "Of this tenant only.") var tenant: String?
    @Option(help: ArgumentHelp("At most so many events, and as many executions.", valueName: "count")) var limit = 100

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    private struct Shown {
        var row: EventRow
        /// The record without its newline; nil if it is gone.
        var line: [UInt8]?
        var passed: [(consumer: String, hasPassed: Bool)]
    }

    func run() throws {
        let settings = try common.settings()
        let layout = SpoolLayout(root: settings.spool.directory)
        let reader = StatusIndexReader(path: settings.index.file)
        let rows = try reader.events(ofCID: cid, tenant: tenant, limit: limit + 1)
        var executions: [ExecutionEntry] = []
        try ExecutionQuery(path: settings.index.file).forEach(matching: ExecutionFilter(tenant: tenant, cid: cid)) {
            executions.append($0)
            return executions.count <= limit
        }
        guard !rows.isEmpty || !executions.isEmpty else { throw CommandError.noSuchEvent(cid: cid) }
        let cursors = try CursorStore(layout: layout, disk: LinuxDisk()).all().cursors.filter { $0.log == "events" }
        let picker = RecordPicker(directory: layout.events, disk: LinuxDisk())
        let shown = try rows.prefix(limit).map { row in
            Shown(
                row: row, line: try picker.line(row.sequence),
                passed: cursors.map { ($0.consumer.text, $0.next > row.sequence) })
        }
        let hasMore = rows.count > limit || executions.count > limit
        executions = Array(executions.prefix(limit).reversed())
        try common.answer(
            json: document(shown, executions, hasMore: hasMore), orText: text(shown, executions, hasMore: hasMore))
    }

    private func document(_ shown: [Shown], _ executions: [ExecutionEntry], hasMore: Bool) -> [UInt8] {
        var json = Array(#"{"cid":"#.utf8)
        JSONWriter.appendString(cid, to: &json)
        JSONWriter.appendRaw(#","events":["#, to: &json)
        for (index, event) in shown.enumerated() {
            JSONWriter.appendRaw(index == 0 ? #"{"event":"# : #",{"event":"#, to: &json)
            json.append(contentsOf: event.line ?? Array("null".utf8))
            JSONWriter.appendRaw(#","consumers":["#, to: &json)
            for (place, passed) in event.passed.enumerated() {
                let comma = place == 0 ? "" : ","
                JSONWriter.appendRaw(
                    #"\#(comma){"consumer":"\#(passed.consumer)","passed":\#(passed.hasPassed)}"#, to: &json)
            }
            JSONWriter.appendRaw("]}", to: &json)
        }
        JSONWriter.appendRaw(#"],"executions":["#, to: &json)
        for (index, entry) in executions.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            ExecutionRendering.appendOpen(entry, to: &json)
            json.append(UInt8(ascii: "}"))
        }
        JSONWriter.appendRaw(#"],"more":\#(hasMore)}"#, to: &json)
        return json
    }

    private func text(_ shown: [Shown], _ executions: [ExecutionEntry], hasMore: Bool) -> String {
        var parts = shown.map { event -> String in
            var facts = [
                ["event", ExecutionRendering.text(event.row.id)], ["type", ExecutionRendering.text(event.row.type)],
                ["tenant", ExecutionRendering.text(event.row.tenant)],
                ["accepted", ExecutionRendering.time(event.row.recordedMicroseconds)],
                ["record", "events \(event.row.sequence)"],
            ]
            if let line = event.line, let recorded = try? RecordedEvent(line: line) {
                facts.insert(["source", recorded.source], at: 2)
                facts.insert(["credential", recorded.authID], at: 4)
            }
            for passed in event.passed {
                facts.append([
                    "consumer", passed.consumer + (passed.hasPassed ? " has passed it" : " has yet to read it"),
                ])
            }
            facts.append(["line", event.line.map(ExecutionRendering.text) ?? "gone: the spool holds it no more"])
            return TextTable.text(facts)
        }
        if shown.isEmpty { parts.append("No event of \(cid) has come through here.") }
        parts.append(
            executions.isEmpty
                ? "Nothing has been executed."
                : TextTable.text([ExecutionRendering.tableHeader] + executions.map(ExecutionRendering.tableRow)))
        if hasMore { parts.append("There are more: see --limit.") }
        return parts.joined(separator: "\n\n")
    }
}
