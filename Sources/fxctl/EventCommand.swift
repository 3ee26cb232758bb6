import ArgumentParser

/// `fxctl event`: single events: what came, what became of it, having it happen again, and sending one to try.
struct EventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "Shows an event and what became of it, replays it, and sends one to try.",
        subcommands: [EventShowCommand.self, EventReplayCommand.self, EventSendCommand.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: event show, replay or send")
    }
}
