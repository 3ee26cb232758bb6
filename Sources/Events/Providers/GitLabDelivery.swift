/// GitLab's webhooks as CloudEvents, by the CloudEvents adapter for GitLab: type `com.gitlab.<kind>.<action or state>`,
/// source the project's URL, subject what the event is about.
///
/// The adapter makes the id up; GitLab has sent one since: the webhook's, the same in every retry.
package enum GitLabDelivery {
    package static func map(_ request: DeliveryRequest) -> MappedDelivery {
        // Hooks of the whole system have `event_name` only.
        guard let kind = request.name("object_kind") ?? request.name("event_name") else { return MappedDelivery() }
        var mapped = MappedDelivery(id: id(request), source: project(request))
        switch kind {
        case "push":
            mapped.type = "com.gitlab.push"
            mapped.subject = request.text("checkout_sha")
        case "tag_push":
            mapped.type = "com.gitlab.tag_push"
            mapped.subject = request.text("ref")
        case "issue": mapped.take(kind, part: "state", subject: "iid", request)
        case "merge_request":
            mapped.take(kind, part: "action", subject: "iid", request)
            mapped.time = request.time("object_attributes.created_at")
        case "note":
            let noted = request.name("object_attributes.noteable_type").map(snakeCase)
            mapped.type = "com.gitlab.note" + (noted.map { "." + $0 } ?? "")
            mapped.source = (noted == "commit" ? request.text("commit.url") : noteSource(request)) ?? mapped.source
            mapped.subject = request.text("object_attributes.id")
            mapped.time = request.time("object_attributes.created_at")
        case "wiki_page": mapped.take(kind, part: "action", subject: "slug", request)
        case "pipeline": mapped.take(kind, part: "status", subject: "id", request)
        case "build", "job":
            mapped.type = "com.gitlab.job" + (request.name("build_status").map { "." + $0 } ?? "")
            mapped.subject = request.text("build_id")
        default: mapped.take(kind, part: "action", subject: "id", request)
        }
        return mapped
    }

    private static func id(_ request: DeliveryRequest) -> String? {
        request.identifier(header: "webhook-id") ?? request.identifier(header: "Idempotency-Key")
            ?? request.identifier(header: "X-Gitlab-Event-UUID")
    }

    private static func project(_ request: DeliveryRequest) -> String? {
        request.text("repository.homepage") ?? request.text("project.web_url")
    }

    /// The URL of what the note is on: without the `#note_1241` behind it.
    private static func noteSource(_ request: DeliveryRequest) -> String? {
        request.text("object_attributes.url").map { url in String(url.prefix { $0 != "#" }) }
    }

    /// `MergeRequest` becomes `merge_request`.
    private static func snakeCase(_ name: String) -> String {
        var text = ""
        for character in name {
            if character.isUppercase, !text.isEmpty { text.append("_") }
            text.append(contentsOf: character.lowercased())
        }
        return text
    }
}

extension MappedDelivery {
    fileprivate mutating func take(_ kind: String, part: String, subject name: String, _ request: DeliveryRequest) {
        type = "com.gitlab." + kind + (request.name("object_attributes." + part).map { "." + $0 } ?? "")
        subject = request.text("object_attributes." + name)
    }
}
