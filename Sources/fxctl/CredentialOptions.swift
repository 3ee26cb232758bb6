import ArgumentParser
import Credentials
import Settings

/// What tokens and secret keys are made from alike.
struct CredentialOptions: ParsableArguments {
    @Option(help: "Whose events these are: 1 to 63 of a-z 0-9 . _ -")
    var tenant: String

    @Option(help: "Your own words for it, shown in lists.")
    var name: String

    @Option(
        name: .customLong("source"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Sources it may name; * is any run of characters, ? is one. Without it, all.", valueName: "glob"))
    var sources: [String] = []

    @Option(
        name: .customLong("type"), parsing: .upToNextOption,
        help: ArgumentHelp("Event types it may name, likewise.", valueName: "glob"))
    var types: [String] = []

    @Option(
        help: ArgumentHelp(
            "When it ends: a duration from now (90d, 12h) or a moment (2027-01-02T03:04:05Z).", valueName: "when"))
    var expires: String?

    /// - Throws: `ValidationError`: whatever is wrong here was wrong on the command line.
    func request(scopes: [String], nowSeconds: Int64) throws -> CredentialRequest {
        let expiresSeconds = try expires.map { try Self.moment($0, nowSeconds: nowSeconds) }
        do {
            return try CredentialRequest(
                tenant: tenant, name: name, scopes: scopes, sources: sources, types: types,
                expiresSeconds: expiresSeconds)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private static func moment(_ text: String, nowSeconds: Int64) throws -> Int64 {
        if let moment = CalendarTime.parse(text) {
            guard moment > nowSeconds else { throw ValidationError("--expires \(text) has passed already") }
            return moment
        }
        guard let seconds = DurationText.parse(text)?.components.seconds, seconds >= 1,
            seconds <= CalendarTime.secondsLimit - nowSeconds
        else {
            throw ValidationError(
                "--expires takes a duration such as 90d or 12h, or a moment such as 2027-01-02T03:04:05Z")
        }
        return nowSeconds + seconds
    }
}
