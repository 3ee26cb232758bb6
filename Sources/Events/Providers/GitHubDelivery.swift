/// GitHub's webhooks as CloudEvents, by the CloudEvents adapter for GitHub: type `com.github.<event>.<action>`, id the
/// delivery's, source the repository's URL.
///
/// Where the adapter has another source or another last part of the type for an event, so has this. One thing differs:
/// events are called as `X-GitHub-Event` calls them, so that `issues` is not `issue`. What came after the adapter was
/// written follows its pattern.
package enum GitHubDelivery {
    /// Where an event's attributes are in its body.
    private struct Places {
        var source = "repository.url"
        var subject: String?
        var times: [String] = []
        /// The last part of the type.
        var suffix = "action"
    }

    /// - Returns: nothing named if `X-GitHub-Event` is no name: then it is no delivery of GitHub's.
    package static func map(_ request: DeliveryRequest) -> MappedDelivery {
        guard let event = request.name(header: "X-GitHub-Event") else { return MappedDelivery() }
        let places = places[event]
        var type = "com.github." + event
        if event == "membership", let scope = request.name("scope") { type += "." + scope }
        if let suffix = request.name(places?.suffix ?? "action") { type += "." + suffix }
        return MappedDelivery(
            id: request.identifier(header: "X-GitHub-Delivery"), source: source(event, places, request), type: type,
            subject: subject(event, places, request), time: places?.times.lazy.compactMap { request.time($0) }.first)
    }

    private static func source(_ event: String, _ places: Places?, _ request: DeliveryRequest) -> String? {
        switch event {
        case "security_advisory": return "github.com"
        case "commit_comment":
            guard let url = request.text("comment.url"), let commit = request.text("comment.commit_id") else { break }
            return url + "/" + commit
        case "marketplace_purchase":
            guard let url = request.text("sender.url"), let slash = url.lastIndex(of: "/") else { break }
            return String(url[..<slash])
        default: break
        }
        // Hooks of an organization have no repository in some events; those of an installation have neither.
        let usual = "repository.url"
        if let place = places?.source, place != usual, let url = request.text(place) { return url }
        return request.text(usual) ?? request.text("organization.url") ?? request.text("installation.account.url")
    }

    private static func subject(_ event: String, _ places: Places?, _ request: DeliveryRequest) -> String? {
        guard let places else { return request.text("number") ?? request.text(event + ".id") }
        return places.subject.flatMap { request.text($0) }
    }

    private static let places: [String: Places] = [
        "check_run": Places(subject: "check_run.id", times: ["check_run.completed_at", "check_run.started_at"]),
        "check_suite": Places(subject: "check_suite.id", times: ["check_suite.updated_at"]),
        "commit_comment": Places(subject: "comment.id", times: ["comment.updated_at"]),
        "content_reference": Places(subject: "content_reference.id"),
        "create": Places(subject: "ref", suffix: "ref_type"),
        "delete": Places(subject: "ref", suffix: "ref_type"),
        "deploy_key": Places(subject: "key.id", times: ["key.deleted_at", "key.created_at"]),
        "deployment": Places(subject: "deployment.id", times: ["deployment.updated_at"]),
        "deployment_status": Places(
            source: "deployment.url", subject: "deployment_status.url", times: ["deployment_status.updated_at"],
            suffix: "deployment_status.state"),
        "discussion": Places(subject: "discussion.number", times: ["discussion.updated_at"]),
        "fork": Places(subject: "forkee.url", times: ["forkee.created_at"]),
        "github_app_authorization": Places(source: "sender.url"),
        "gollum": Places(),
        "installation": Places(source: "installation.account.url", subject: "installation.id"),
        "installation_repositories": Places(source: "installation.account.url", subject: "installation.id"),
        "issue_comment": Places(source: "issue.url", subject: "comment.id", times: ["comment.updated_at"]),
        "issues": Places(subject: "issue.number", times: ["issue.updated_at"]),
        "label": Places(subject: "label.name"),
        "marketplace_purchase": Places(subject: "marketplace_purchase.account.login", times: ["effective_date"]),
        "member": Places(subject: "member.login"),
        "membership": Places(source: "team.url", subject: "member.login"),
        "meta": Places(subject: "hook_id", times: ["hook.updated_at"]),
        "milestone": Places(subject: "milestone.number", times: ["milestone.updated_at"]),
        "organization": Places(source: "organization.url", subject: "membership.user.login"),
        "org_block": Places(source: "organization.url", subject: "blocked_user.login"),
        "page_build": Places(subject: "build.url", times: ["pusher.updated_at"]),
        "ping": Places(subject: "hook_id"),
        "project": Places(subject: "project.id", times: ["project.updated_at"]),
        "project_card": Places(subject: "project_card.id", times: ["project_card.updated_at"]),
        "project_column": Places(subject: "project_column.id", times: ["project_column.updated_at"]),
        "public": Places(source: "repository.owner.url", subject: "repository.name", times: ["repository.updated_at"]),
        "pull_request": Places(subject: "number", times: ["pull_request.updated_at"]),
        "pull_request_review": Places(
            source: "pull_request.url", subject: "review.id", times: ["review.submitted_at"]),
        "pull_request_review_comment": Places(
            source: "pull_request.url", subject: "comment.id", times: ["pull_request.updated_at"]),
        "push": Places(subject: "ref"),
        "registry_package": Places(subject: "registry_package.html_url", times: ["registry_package.updated_at"]),
        "release": Places(subject: "release.id", times: ["release.published_at", "release.created_at"]),
        "repository": Places(
            source: "repository.owner.url", subject: "repository.name", times: ["repository.updated_at"]),
        "repository_import": Places(
            source: "repository.owner.url", subject: "repository.name", times: ["repository.updated_at"]),
        "repository_vulnerability_alert": Places(subject: "alert.id"),
        "security_advisory": Places(subject: "security_advisory.ghsa_id", times: ["security_advisory.updated_at"]),
        "star": Places(times: ["starred_at"]),
        "status": Places(subject: "sha", times: ["updated_at"]),
        "team": Places(subject: "team.id", times: ["updated_at"]),
        "team_add": Places(subject: "team.id"),
        "watch": Places(),
        "workflow_job": Places(
            subject: "workflow_job.id", times: ["workflow_job.completed_at", "workflow_job.started_at"]),
        "workflow_run": Places(subject: "workflow_run.id", times: ["workflow_run.updated_at"]),
    ]
}
