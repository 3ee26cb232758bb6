import ArgumentParser
import JSONText
import Settings
import StatusIndex

extension ExecutionCommand {
    /// `fxctl execution show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Tells all of one execution, reports that contradict each other included.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The execution's id.") var id: String

        private static let overruledLimit = 100

        func run() throws {
            let settings = try common.settings()
            let query = try ExecutionQuery(path: settings.index.file)
            let reader = StatusIndexReader(path: settings.index.file)
            let entries = try query.executions(id: id)
            guard !entries.isEmpty else { throw CommandError.noSuchExecution(id: id) }
            var document = Array(#"{"executions":["#.utf8)
            var texts: [String] = []
            for (index, entry) in entries.enumerated() {
                let overruled = try query.overruledReports(of: entry, limit: Self.overruledLimit)
                let isCIDKnown = try reader.isKnown(
                    cid: ExecutionRendering.text(entry.execution.cid), tenant: ExecutionRendering.text(entry.tenant))
                if index > 0 { document.append(UInt8(ascii: ",")) }
                Self.append(entry, overruled, isCIDKnown: isCIDKnown, to: &document)
                texts.append(Self.text(entry, overruled, isCIDKnown: isCIDKnown))
            }
            JSONWriter.appendRaw("]}", to: &document)
            try common.answer(json: document, orText: texts.joined(separator: "\n\n"))
        }

        private static func append(
            _ entry: ExecutionEntry, _ overruled: [OverruledReport], isCIDKnown: Bool, to json: inout [UInt8]
        ) {
            ExecutionRendering.appendOpen(entry, to: &json)
            JSONWriter.appendRaw(#","cid_known":\#(isCIDKnown),"overruled":["#, to: &json)
            for (index, report) in overruled.enumerated() {
                JSONWriter.appendRaw(index == 0 ? #"{"status":"# : #",{"status":"#, to: &json)
                JSONWriter.appendString(ExecutionRendering.status(report.status), to: &json)
                JSONWriter.appendRaw(
                    #","recorded":"\#(ExecutionRendering.time(report.recordedMicroseconds))","log":"#, to: &json)
                JSONWriter.appendString(ExecutionRendering.text(report.log), to: &json)
                let contradicts = report.status != entry.execution.status
                JSONWriter.appendRaw(#","sequence":\#(report.sequence),"contradicts":\#(contradicts)}"#, to: &json)
            }
            JSONWriter.appendRaw("]}", to: &json)
        }

        private static func text(_ entry: ExecutionEntry, _ overruled: [OverruledReport], isCIDKnown: Bool) -> String {
            let execution = entry.execution
            let facts = [
                ["execution", ExecutionRendering.text(execution.executionID)],
                ["tenant", ExecutionRendering.text(entry.tenant)],
                [
                    "cid",
                    ExecutionRendering.text(execution.cid)
                        + (isCIDKnown ? "" : " (no event of it has come through here)"),
                ],
                ["service", ExecutionRendering.text(execution.service)],
                ["status", ExecutionRendering.status(execution.status)],
                ["since", ExecutionRendering.time(execution.datetimeMicroseconds)],
                ["first reported", ExecutionRendering.time(execution.firstRecordedMicroseconds)],
                ["last reported", ExecutionRendering.time(execution.recordedMicroseconds)],
                ["seconds", execution.executionTime.map(ExecutionRendering.text) ?? "-"],
                ["report", "\(ExecutionRendering.text(entry.log)) \(entry.sequence)"],
                ["data", ExecutionRendering.text(execution.data ?? Array("null".utf8))],
            ]
            var text = TextTable.text(facts)
            for report in overruled {
                let verb = report.status == execution.status ? "repeats it" : "CONTRADICTS it and does not stand"
                text +=
                    "\n\(ExecutionRendering.text(report.log)) \(report.sequence), "
                    + "\(ExecutionRendering.time(report.recordedMicroseconds)): "
                    + "\(ExecutionRendering.status(report.status)) \(verb)"
            }
            return text
        }
    }
}
