import ArgumentParser
import DurableIO
import Settings
import Spool

/// `fxctl spool`: looks into the logs, and looks after who reads them and how much is kept. A running bridge does not
/// mind.
struct SpoolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool",
        abstract: "Looks into the spool, verifies it, registers who reads it, trims it, compresses it, copies it.",
        subcommands: [
            Stat.self, Read.self, Follow.self, Verify.self, ConsumersCommand.self, TrimCommand.self, BackupCommand.self,
            NewEpochCommand.self, CompressCommand.self,
        ])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError(
            "a command is missing: spool stat, read, follow, verify, consumers, trim, compress, backup or new-epoch")
    }

    struct Stat: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stat", abstract: "Tells what each log holds, and how much room there is.")

        @OptionGroup var common: CommonOptions

        func run() throws {
            let report = try SpoolReport(directory: try common.settings().spool.directory, disk: LinuxDisk())
            try common.answer(report, orText: report.text)
        }
    }

    struct Read: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "read", abstract: "Prints records, one line each, as they lie on the disk.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: RecordSelection

        func run() throws {
            let spool = try common.settings().spool.directory
            var printer = RecordPrinter(selection: selection, asDocument: common.json)
            let reader = try selection.reader(spool: spool)
            while try printer.take(try reader.next(), of: reader) {}
            try printer.finish(next: reader.nextSequence)
        }
    }

    struct Follow: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "follow", abstract: "Prints records as they come, until it is interrupted.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: RecordSelection

        @Flag(help: "Begin behind the last record there is now.")
        var new = false

        func validate() throws {
            if common.json, selection.limit == nil {
                throw ValidationError("--json needs --limit: a document has to end")
            }
        }

        func run() throws {
            let spool = try common.settings().spool.directory
            var printer = RecordPrinter(selection: selection, asDocument: common.json)
            let follower = LogFollower(
                directory: try selection.directory(spool: spool), disk: LinuxDisk(),
                from: try selection.firstSequence(spool: spool, isNewOnly: new))
            while true {
                let step = try follower.next()
                if case .end = step {
                    follower.wait()
                } else if try !printer.take(step, of: follower.reader) {
                    break
                }
            }
            try printer.finish(next: follower.reader.nextSequence)
        }
    }
}

/// Which records are meant.
struct RecordSelection: ParsableArguments {
    @Option(help: ArgumentHelp("The log: events, or executions/<writer>.", valueName: "log"))
    var log = "events"

    @Option(help: ArgumentHelp("The first sequence number; without it the first that there is.", valueName: "sequence"))
    var from: UInt64?

    @Option(help: ArgumentHelp("At most so many records.", valueName: "count"))
    var limit: Int?

    func validate() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be at least 1") }
        let parts = log.split(separator: "/", omittingEmptySubsequences: false)
        let isWriter = parts.count == 2 && parts[0] == "executions" && !parts[1].isEmpty && !parts[1].hasPrefix(".")
        guard log == "events" || isWriter else {
            throw ValidationError("--log must be events or executions/<writer>")
        }
    }

    func directory(spool: String) throws -> String {
        let directory = spool + "/" + log
        do { _ = try LinuxDisk().names(in: directory) } catch { throw SpoolError.disk(error) }
        return directory
    }

    func firstSequence(spool: String, isNewOnly: Bool = false) throws -> UInt64 {
        let directory = try directory(spool: spool)
        let disk = LinuxDisk()
        return isNewOnly
            ? try LogStatistics(directory: directory, disk: disk).nextSequence
            : try from ?? LogStatistics.firstSequence(in: directory, disk: disk) ?? 1
    }

    func reader(spool: String) throws -> LogReader {
        LogReader(
            directory: try directory(spool: spool), disk: LinuxDisk(), from: try firstSequence(spool: spool))
    }
}
