import Events
import HTTPMessage
import StatusIndex

/// What is asked about.
enum StatusSubject: Sendable {
    /// The executions of a cid, from a place on.
    case correlation(CorrelationID, after: ExecutionCursor?)
    case execution(id: String)
}

/// What is known of a subject at one moment.
struct StatusPage: Sendable {
    /// The JSON that answers.
    let body: [UInt8]
    /// Where the next page begins.
    let next: ExecutionCursor?
    /// Under which cid its changes are told.
    let cid: String
    /// Whether the execution it is about has ended; of a correlation only the index can tell.
    let isEnded: Bool

    /// The answer to whoever asked in this way.
    func response(to query: StatusQuery) -> HTTPResponse {
        let tag = ContentTag(body)
        let isKnown = query.knownTags.map(tag.isNamed) ?? false
        var response = HTTPResponse(isKnown ? .notModified : .ok)
        response.add("ETag", tag.entityTag)
        // To be kept by the asker alone, and asked for again each time.
        response.add("Cache-Control", "private, no-cache")
        response.add("Vary", "Accept")
        if query.isWaitPreferred { response.add("Preference-Applied", "wait=\(query.waitSeconds)") }
        if let next { response.add("Link", "</fx/cid/\(cid)?after=\(next.parameter)>; rel=\"next\"") }
        if !isKnown { response.setBody(body, type: "application/json") }
        return response
    }
}
