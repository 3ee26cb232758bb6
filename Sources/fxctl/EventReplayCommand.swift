import ArgumentParser
import Errands
import Events
import FoundationEssentials
import Settings
import Spool

/// `fxctl event replay`: makes events of the log happen again.
struct EventReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Makes events of the log happen again: for each of them a new one.",
        discussion: """
            The new event has a new id and recordedtime, and causationid is the original's id; cid, time, type, source and
            payload are the original's, which stays. What a replay has made is not replayed itself. The bridge does it, and
            this command waits for it; a bridge that does not run does it when it starts, and each event once whatever
            happens. Exit status 1 if some could not be replayed.
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: "The events of this correlation id.") var cid: String?
    @Option(
        help: ArgumentHelp("All that came since then: 2h, 7d, or 2026-01-02T03:04:05Z.", valueName: "time")) var since:
        String?
    @Option(help: "Of this tenant only.") var tenant: String?
    @Option(help: ArgumentHelp("Of this type only: com.github.*", valueName: "glob")) var type: String?
    @Option(
        help: ArgumentHelp(
            "The first so many, of at most \(ReplayErrand.eventsLimit). Without it more are an error.",
            valueName: "count")) var limit: Int?
    @Flag(help: "Show which events are meant, and do nothing.") var dryRun = false
    @Option(help: ArgumentHelp("How long to wait for the bridge.", valueName: "seconds")) var wait = 10

    func validate() throws {
        guard (cid == nil) != (since == nil) else { throw ValidationError("name a correlation id, or --since") }
        guard (1...ReplayErrand.eventsLimit).contains(limit ?? 1) else {
            throw ValidationError("--limit must be 1 to \(ReplayErrand.eventsLimit)")
        }
    }

    func run() throws {
        let settings = try common.settings()
        var choice = try EventChoice(
            settings, tenant: tenant, type: type, limit: limit ?? ReplayErrand.eventsLimit)
        if let cid {
            try choice.addEvents(ofCID: cid)
        } else if let since {
            try choice.addEvents(sinceMicroseconds: TimeOption.microseconds(since))
        }
        guard limit != nil || !choice.hasMore else {
            throw ErrandError.tooManyEvents(limit: ReplayErrand.eventsLimit)
        }
        let events = choice.events
        guard !dryRun, !events.isEmpty else {
            return try answer(ReplayAnswer(events, state: .chosen, hasMore: choice.hasMore))
        }
        let box = ReplayBox(root: SpoolLayout(root: settings.spool.directory).replays)
        let errand = try ReplayErrand(since: choice.lastSegmentSequence(), sequences: events.map(\.sequence))
        let name = UUIDv7(
            milliseconds: CommonOptions.nowSeconds * 1000, randomHigh: .random(in: 0 ... .max),
            randomLow: .random(in: 0 ... .max)
        ).text
        try box.ask(name, errand)
        var result = ReplayAnswer(events, state: .waiting, hasMore: choice.hasMore)
        result.request = name
        if try box.errands.wait(for: [name], seconds: wait).isEmpty {
            guard let document = try box.outcome(name) else { throw ErrandError.unreadable(name: name) }
            result.add(try JSONDecoder().decode(ReplayOutcome.self, from: Data(document)))
        }
        try answer(result)
        guard result.isComplete else { throw CommandError.notReplayed }
    }

    private func answer(_ answer: ReplayAnswer) throws { try common.answer(answer, orText: answer.text) }
}
