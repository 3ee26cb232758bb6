import ArgumentParser
import Settings

/// `fxctl config`: what the bridge will make of its settings.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Shows the settings in force and where each comes from.",
        subcommands: [Show.self, Defaults.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: config show or defaults")
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows every setting, its value, and where that comes from.",
            discussion: """
                The file, over it this command's own environment (FX_LOG_LEVEL for log.level), over it --set: what
                fx-bridge would make of the same. CHANGES ON says what a running fx-bridge and fx-runner take on SIGHUP, and
                what only on a restart.
                Faults are told with line and column, and the exit status is 1.
                """)

        @OptionGroup var common: CommonOptions

        @Option(
            parsing: .singleValue,
            help: ArgumentHelp("As fx-bridge's own --set.", valueName: "key=value"))
        var set: [String] = []

        @Flag(help: "Leave out what has its default.")
        var changed = false

        func run() throws {
            let report = ConfigReport(
                try common.settings(flags: set), path: common.settingsPath, isChangedOnly: changed)
            try common.answer(report, orText: report.text)
        }
    }

    struct Defaults: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "defaults", abstract: "Explains every setting: its default, what it is for, what it may be.")

        @OptionGroup var common: CommonOptions

        func run() throws {
            let report = DefaultsReport()
            try common.answer(report, orText: SettingDefinition.listing())
        }
    }
}
