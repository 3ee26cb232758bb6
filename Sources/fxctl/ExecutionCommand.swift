import ArgumentParser
import DurableIO
import Events
import JSONText
import Settings
import Spool

/// `fxctl execution`: what became of events; a running bridge does not mind.
struct ExecutionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "execution",
        abstract: "Looks at executions, and reports them, which GET /fx/cid/{cid} then tells.",
        subcommands: [List.self, Show.self, Report.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: execution list, show or report")
    }

    struct Report: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "report",
            abstract: "Reports how far an execution has come; the bridge answers with it at once.",
            discussion: """
                An execution moves forward only: pending, in progress, then completed, failed or skipped. The report is
                durable in the log executions/fxctl when the command ends.
                """)

        @OptionGroup var common: CommonOptions

        @Option(help: "The tenant whose event it was.") var tenant: String
        @Option(help: "The correlation id of the event.") var cid: String
        @Option(help: "Names the execution, 1 to 128 of A-Za-z0-9._:-.") var executionId: String
        @Option(help: "The service that ran.") var service: String
        @Option(help: "pending, in progress, completed, failed or skipped.") var status: String
        @Option(help: "When the status began, RFC 3339; now if it is left out.") var datetime: String?
        @Option(help: ArgumentHelp("How long it ran.", valueName: "seconds")) var executionTime: String?
        @Option(help: "JSON that the execution left.") var data: String?

        private static let depthLimit = 128
        /// Another fxctl holds the log for some milliseconds.
        private static let lockAttemptsLimit = 50

        func run() throws {
            let settings = try common.settings()
            guard IdentifierAlphabet.contains(tenant) else { throw ValidationError("--tenant is no tenant's name") }
            let body = reportBody()
            let report: ExecutionReport
            do {
                report = try ExecutionReport(body: body, depthLimit: Self.depthLimit)
            } catch {
                throw ValidationError(error.message)
            }
            let recorded = Timestamp(microseconds: Int64(CommonOptions.nowSeconds) * 1_000_000)
            let line = report.spoolLine(tenant: tenant, authID: "fxctl", recordedTime: recorded)
            var group = CommitGroup()
            group.add(line.bytes, sequenceOffset: line.sequenceOffset)
            let sequence = try openLog(settings).append(&group)
            let answer = Answer(
                cid: report.cid.text, executionID: report.executionID, status: report.status.rawValue,
                log: "executions/fxctl", sequence: sequence)
            try common.answer(
                answer, orText: "\(answer.executionID) of \(answer.cid) is reported as \(answer.status).")
        }

        /// The options as the report that `POST /fx/executions` would take, so that the same rules judge it.
        private func reportBody() -> [UInt8] {
            var body: [UInt8] = [UInt8(ascii: "{")]
            let texts = [
                ("cid", cid), ("execution_id", executionId), ("service", service), ("status", status),
            ]
            for (name, value) in texts + (datetime.map { [("datetime", $0)] } ?? []) {
                if body.count > 1 { body.append(UInt8(ascii: ",")) }
                JSONWriter.appendString(name, to: &body)
                body.append(UInt8(ascii: ":"))
                JSONWriter.appendString(value, to: &body)
            }
            for (name, value) in [("execution_time", executionTime), ("data", data)] {
                guard let value else { continue }
                JSONWriter.appendRaw(",\"\(name)\":", to: &body)
                JSONWriter.appendRaw(value, to: &body)
            }
            body.append(UInt8(ascii: "}"))
            return body
        }

        private func openLog(_ settings: BridgeSettings) throws -> LogAppender {
            let layout = SpoolLayout(root: settings.spool.directory)
            let disk = LinuxDisk()
            try disk.makeDirectory(layout.executions)
            let options = LogOptions(
                segmentBytes: UInt64(settings.spool.segmentBytes),
                reserveBytes: UInt64(settings.spool.freeBytesReserve))
            var attempt = 1
            while true {
                do {
                    return try LogAppender(
                        directory: layout.executions(writer: "fxctl"), quarantine: layout.quarantine, options: options,
                        disk: disk)
                } catch {
                    // Trying to lock takes a fifth of a second.
                    guard error.isLocked, attempt < Self.lockAttemptsLimit else { throw error }
                    attempt += 1
                }
            }
        }

        struct Answer: Encodable {
            var cid: String
            var executionID: String
            var status: String
            var log: String
            var sequence: UInt64

            enum CodingKeys: String, CodingKey {
                case cid, status, log, sequence
                case executionID = "execution_id"
            }
        }
    }
}
