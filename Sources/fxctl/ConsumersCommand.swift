import ArgumentParser
import DurableIO
import Settings
import Spool

/// `fxctl spool consumers`: who reads the logs, how far each has come, and what retention therefore keeps.
struct ConsumersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consumers", abstract: "Lists, registers, moves and removes those who read the logs.",
        discussion: "What a registered consumer has not passed is not trimmed.",
        subcommands: [List.self, Add.self, Move.self, Remove.self], defaultSubcommand: List.self)

    @OptionGroup var common: CommonOptions

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Tells where each consumer is and how far behind.")

        @OptionGroup var common: CommonOptions

        func run() throws {
            let layout = try common.spoolLayout()
            let report = try ConsumersReport(layout: layout, disk: LinuxDisk(), nowSeconds: CommonOptions.nowSeconds)
            try common.answer(report, orText: report.text)
            guard report.broken.isEmpty else { throw CommandError.cursorsBroken(count: report.broken.count) }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Registers a consumer; from now on nothing goes that it has not passed.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "1 to 63 of a-z, 0-9, . _ and -.") var name: String

        @Option(help: ArgumentHelp("The log: events, or executions/<writer>.", valueName: "log"))
        var log = "events"

        @Option(
            help: ArgumentHelp("Where it begins; without it at the first record there is.", valueName: "sequence"))
        var from: UInt64?

        @Flag(help: "It begins behind the last record there is now.")
        var new = false

        func validate() throws {
            guard ConsumerCursor.isLogName(log) else {
                throw ValidationError("--log must be events or executions/<writer>")
            }
            guard from == nil || !new else { throw ValidationError("--from and --new exclude each other") }
        }

        func run() throws {
            let layout = try common.spoolLayout()
            let consumer = try ConsumerName(name)
            let statistics = try LogStatistics(directory: layout.root + "/" + log, disk: LinuxDisk())
            let next = from ?? (new ? statistics.nextSequence : statistics.firstSequence ?? 1)
            try Self.check(next, in: statistics)
            let cursor = ConsumerCursor(consumer: consumer, log: log, next: next)
            try CursorStore(layout: layout, disk: LinuxDisk()).register(cursor)
            try common.answer(
                CursorAnswer(cursor),
                orText: "Consumer \(name) is registered and begins with \(next) of the log \(log).")
        }

        /// A consumer that is ahead of its log would hold nothing back and miss what comes.
        static func check(_ next: UInt64, in statistics: LogStatistics) throws {
            guard (1...statistics.nextSequence).contains(next) else {
                throw CommandError.outsideLog(sequence: next, logEnd: statistics.nextSequence)
            }
        }
    }

    struct Move: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "move",
            abstract: "Sets a consumer forward, to skip records, or back, to read again what is still there.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "As `fxctl spool consumers` shows it.") var name: String

        @Option(help: ArgumentHelp("The next record that it reads.", valueName: "sequence"))
        var to: UInt64

        func run() throws {
            let layout = try common.spoolLayout()
            let store = CursorStore(layout: layout, disk: LinuxDisk())
            let consumer = try ConsumerName(name)
            let log = try store.cursor(of: consumer).log
            try Add.check(to, in: LogStatistics(directory: layout.root + "/" + log, disk: LinuxDisk()))
            let cursor = try store.advance(consumer, to: to, allowsBack: true)
            try common.answer(
                CursorAnswer(cursor), orText: "Consumer \(name) goes on with \(to) of the log \(log).")
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Forgets a consumer: it holds nothing back any more.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "As `fxctl spool consumers` shows it.") var name: String

        func run() throws {
            let consumer = try ConsumerName(name)
            try CursorStore(layout: try common.spoolLayout(), disk: LinuxDisk()).remove(consumer)
            try common.answer(["consumer": name], orText: "Consumer \(name) is forgotten.")
        }
    }

    /// `{"consumer":"relay","log":"events","next":43}`
    struct CursorAnswer: Encodable {
        var consumer: String
        var log: String
        var next: UInt64

        init(_ cursor: ConsumerCursor) {
            consumer = cursor.consumer.text
            log = cursor.log
            next = cursor.next
        }
    }
}

extension CommonOptions {
    func spoolLayout() throws(SettingsError) -> SpoolLayout { SpoolLayout(root: try settings().spool.directory) }
}
