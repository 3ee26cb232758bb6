import ArgumentParser
import Authentication
import Events
import JSONText
import Settings
import StatusIndex

extension ExecutionCommand {
    /// `fxctl execution list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists executions, those that were reported last first.",
            discussion: "What is listed is in the index; `fxctl execution show` tells all of one.")

        @OptionGroup var common: CommonOptions

        @Option(help: "Of this tenant only.") var tenant: String?
        @Option(help: "Of this correlation id only.") var cid: String?
        @Option(help: "pending, in progress, completed, failed or skipped.") var status: String?
        @Option(help: "Of this service only.") var service: String?
        @Option(help: ArgumentHelp("Of events of this type only: com.github.*", valueName: "glob")) var type: String?
        @Option(
            help: ArgumentHelp("Reported since then: 2h, 7d, or 2026-01-02T03:04:05Z.", valueName: "time")) var since:
            String?
        @Option(help: ArgumentHelp("At most so many.", valueName: "count")) var limit = 50

        /// Of one cid; an event that is looked for behind them is not found.
        private static let eventsLimit = 1000

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
        }

        func run() throws {
            let settings = try common.settings()
            let glob = try type.map { text -> Glob in
                guard let glob = Glob(text) else { throw ValidationError("--type is no pattern of event types") }
                return glob
            }
            let (query, reader) = (
                try ExecutionQuery(path: settings.index.file), StatusIndexReader(path: settings.index.file)
            )
            var found: [ExecutionEntry] = []
            var hasMore = false
            try query.forEach(matching: try filter()) { entry in
                if let glob {
                    let events = try reader.events(
                        ofCID: ExecutionRendering.text(entry.execution.cid),
                        tenant: ExecutionRendering.text(entry.tenant), limit: Self.eventsLimit)
                    guard events.contains(where: { glob.matches(ExecutionRendering.text($0.type)) }) else {
                        return true
                    }
                }
                hasMore = found.count == limit
                if !hasMore { found.append(entry) }
                return !hasMore
            }
            var document = Array(#"{"executions":["#.utf8)
            for (index, entry) in found.enumerated() {
                if index > 0 { document.append(UInt8(ascii: ",")) }
                ExecutionRendering.appendOpen(entry, to: &document)
                document.append(UInt8(ascii: "}"))
            }
            JSONWriter.appendRaw(#"],"more":\#(hasMore)}"#, to: &document)
            var text = TextTable.text([ExecutionRendering.tableHeader] + found.map(ExecutionRendering.tableRow))
            if hasMore { text += "\nThere are more: see --limit." }
            try common.answer(json: document, orText: found.isEmpty ? "There are no such executions." : text)
        }

        private func filter() throws -> ExecutionFilter {
            var filter = ExecutionFilter(tenant: tenant, cid: cid, service: service)
            if let status {
                guard let known = ExecutionStatus(spelling: status) else {
                    throw ValidationError("--status must be pending, in progress, completed, failed or skipped")
                }
                filter.status = known.indexCode
            }
            filter.sinceMicroseconds = try since.map(TimeOption.microseconds)
            return filter
        }
    }
}

/// A moment on the command line: a duration back from now, or a time.
enum TimeOption {
    /// Since 1970.
    static func microseconds(_ text: String) throws -> Int64 {
        if let time = Timestamp(rfc3339: text) { return time.microseconds }
        guard let duration = DurationText.parse(text) else {
            throw ValidationError("--since must be a duration such as 2h or 7d, or a time of RFC 3339")
        }
        return (CommonOptions.nowSeconds - duration.components.seconds) * 1_000_000
    }
}
