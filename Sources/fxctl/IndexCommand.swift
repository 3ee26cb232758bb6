import ArgumentParser
import DurableIO
import Settings
import Spool
import StatusIndex

/// `fxctl index`: the status index, which is derived from the logs and may be built again at any time.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Builds the status index anew from the logs, or compares it with them.",
        subcommands: [Rebuild.self, Check.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: index rebuild or index check")
    }

    struct Rebuild: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rebuild",
            abstract: "Builds the index anew; a running bridge answers from the old one meanwhile.")

        @OptionGroup var common: CommonOptions

        func run() throws {
            let settings = try common.settings()
            let outcome = try IndexRebuild.run(
                path: settings.index.file, layout: SpoolLayout(root: settings.spool.directory), disk: LinuxDisk())
            let answer = Answer(
                events: outcome.events, reports: outcome.reports, findings: outcome.findings.map(\.description),
                findingsCount: outcome.findingsCount)
            var lines = ["The index holds \(outcome.events) events and \(outcome.reports) execution reports."]
            lines += answer.findings.map { "skipped: \($0)" }
            try common.answer(answer, orText: lines.joined(separator: "\n"))
        }

        struct Answer: Encodable {
            var events: Int
            var reports: Int
            var findings: [String]
            var findingsCount: Int
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Compares the index with the logs, row for row. Needs the disk space of a second index.")

        @OptionGroup var common: CommonOptions

        func run() throws {
            let settings = try common.settings()
            let outcome = try IndexCheck.run(
                path: settings.index.file, layout: SpoolLayout(root: settings.spool.directory), disk: LinuxDisk())
            let answer = Answer(
                equal: outcome.isEqual, events: outcome.events, executions: outcome.executions,
                remainders: outcome.remainders, differences: outcome.differences,
                differencesCount: outcome.differencesCount, findings: outcome.findings.map(\.description))
            var lines = [
                outcome.isEqual
                    ? "The index says what the logs say: \(outcome.events) events, \(outcome.executions) executions."
                    : "The index differs from the logs in \(outcome.differencesCount) rows; fxctl index rebuild mends it."
            ]
            if outcome.remainders > 0 {
                lines.append(
                    "Of \(outcome.remainders) executions the end was trimmed and a report it had overruled was not; "
                        + "a rebuild would show them by that one.")
            }
            lines += answer.differences + answer.findings.map { "skipped: \($0)" }
            try common.answer(answer, orText: lines.joined(separator: "\n"))
            guard outcome.isEqual else { throw CommandError.indexDiffers }
        }

        struct Answer: Encodable {
            var equal: Bool
            var events: Int
            var executions: Int
            var remainders: Int
            var differences: [String]
            var differencesCount: Int
            var findings: [String]
        }
    }
}
