import JSONText

/// What Slack sends: events, interactions and slash commands of an app.
///
/// | sent as | type | id | subject |
/// |---|---|---|---|
/// | Events API, JSON | `com.slack.<event.type>`, `.<event.subtype>` behind it | `event_id` | channel, else user |
/// | interaction, `payload=` | `com.slack.interaction.<type>` | ours | `callback_id` |
/// | slash command, a form | `com.slack.command` | `trigger_id` | the command |
///
/// The source is the workspace, `https://slack.com/<team>`.
package enum SlackDelivery {
    package static func map(_ request: DeliveryRequest) -> MappedDelivery {
        if request.isPresent("event") { return event(request) }
        if let command = request.text("command") {
            return MappedDelivery(
                id: request.identifier("trigger_id"), source: source(request.identifier("team_id")),
                type: "com.slack.command", subject: command)
        }
        guard let type = request.name("type") else { return MappedDelivery() }
        let isInteraction = request.isPresent("team") || request.isPresent("user")
        return MappedDelivery(
            source: source(request.identifier("team.id") ?? request.identifier("team_id")),
            type: (isInteraction ? "com.slack.interaction." : "com.slack.") + type,
            subject: request.text("callback_id") ?? request.text("view.callback_id"))
    }

    /// The challenge of a `url_verification`, which Slack wants back; nil for everything else.
    package static func challenge(_ request: DeliveryRequest) -> String? {
        request.text("type") == "url_verification" ? request.text("challenge") : nil
    }

    private static func event(_ request: DeliveryRequest) -> MappedDelivery {
        let type = request.name("event.type").map { type in
            "com.slack." + type + (request.name("event.subtype").map { "." + $0 } ?? "")
        }
        let subject =
            request.text("event.channel") ?? request.text("event.channel.id") ?? request.text("event.user")
            ?? request.text("event.user.id")
        return MappedDelivery(
            id: request.identifier("event_id"), source: source(request.identifier("team_id")), type: type,
            subject: subject, time: request.seconds("event_time"))
    }

    private static func source(_ team: String?) -> String? { team.map { "https://slack.com/" + $0 } }
}
