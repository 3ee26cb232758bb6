import ArgumentParser

/// `fxctl event`: single events: what came, what became of it, and sending one to try.
struct EventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "Shows an event and what became of it, and sends one to try.",
        subcommands: [EventShowCommand.self, EventSendCommand.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: event show or send")
    }
}
