import Foundation

/// The site that most tests share, with credentials of two tenants; tests tell what is theirs by its cid.
struct SharedSite {
    let site: TestSite
    /// May write and read; tenant `acme`.
    let token: String
    /// May only read; tenant `acme`.
    let reader: String
    /// May write and read; tenant `other`.
    let stranger: String
    /// A key of provider `github`; tenant `acme`.
    let secret: SecretGrant

    static var current: SharedSite {
        get throws { try result.get() }
    }

    private static let result = Result {
        // Every test's refusals come from one address.
        let site = try TestSite(settings: ["limits.failures_per_minute": "0"], startsBridge: false)
        // Made before the start: nothing to wait for.
        let grants = try SharedSite(
            site: site,
            token: site.makeToken(tenant: "acme").token,
            reader: site.makeToken(tenant: "acme", scopes: ["status:read"]).token,
            stranger: site.makeToken(tenant: "other").token,
            secret: site.makeSecret(tenant: "acme"))
        try site.startBridge()
        return grants
    }

    /// Posts JSON with the token that may do so.
    func post(_ path: String, _ json: String, fields: [(String, String)] = []) throws -> HTTPReply {
        try site.post(path, json, token: token, fields: fields)
    }

    /// Posts JSON, expects it to be accepted, and returns what the spool holds of it.
    func accepted(_ path: String, _ json: String, fields: [(String, String)] = []) throws -> SpooledEvent {
        try spooled(post(path, json, fields: fields))
    }

    /// The event that an answer speaks of.
    func spooled(_ reply: HTTPReply) throws -> SpooledEvent {
        guard reply.status == 202, let cid = reply.json["cid"] as? String,
            let event = try site.spool.events(cid: cid).last
        else { throw HarnessError.malformedReply("\(reply.status) \(reply.text)") }
        return event
    }
}

/// A cid that no other test uses.
func freshCID() -> String { "test-" + UUID().uuidString.lowercased() }
