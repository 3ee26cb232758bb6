import HTTPMessage

/// Where a request wants to go, by its raw path: what the front server may have normalised is not looked at.
enum Route: Equatable, Sendable {
    case events
    case genericEvents
    case webhook(keyID: String?)
    case correlation(cid: String)
    case execution(id: String)
    case delivery(id: String)
    case executions
    case openAPI
    case health
    case readiness
    case metrics

    /// - Returns: nil for a path that leads nowhere on that listener.
    init?(path: String, listener: HTTPListener) {
        switch (listener, path) {
        case (.public, "/fx/events"): self = .events
        case (.public, "/fx/events/generic"): self = .genericEvents
        case (.public, "/fx/events/webhook"): self = .webhook(keyID: nil)
        case (.public, "/fx/executions"): self = .executions
        case (.public, "/fx/openapi.json"): self = .openAPI
        case (.operator, "/healthz"): self = .health
        case (.operator, "/readyz"): self = .readiness
        case (.operator, "/metrics"): self = .metrics
        case (.public, _):
            if let keyID = Self.parameter(of: path, behind: "/fx/events/webhook/") {
                self = .webhook(keyID: keyID)
            } else if let cid = Self.parameter(of: path, behind: "/fx/cid/") {
                self = .correlation(cid: cid)
            } else if let id = Self.parameter(of: path, behind: "/fx/executions/") {
                self = .execution(id: id)
            } else if let id = Self.parameter(of: path, behind: "/fx/deliveries/") {
                self = .delivery(id: id)
            } else {
                return nil
            }
        case (.operator, _): return nil
        }
    }

    /// Whether events are sent here.
    var takesEvents: Bool {
        switch self {
        case .events, .genericEvents, .webhook: true
        case .correlation, .execution, .delivery, .executions, .openAPI, .health, .readiness, .metrics: false
        }
    }

    /// The methods it takes, as the `Allow` field lists them.
    var allowedMethods: StaticString {
        switch self {
        case .events, .genericEvents, .webhook, .executions: "OPTIONS, POST"
        case .correlation, .execution, .delivery, .openAPI, .health, .readiness, .metrics: "GET, HEAD, OPTIONS"
        }
    }

    func allows(_ method: HTTPMethod) -> Bool {
        switch (self, method) {
        case (_, .options): true
        case (.events, .post), (.genericEvents, .post), (.webhook, .post), (.executions, .post): true
        case (.correlation, .get), (.execution, .get), (.delivery, .get), (.openAPI, .get), (.health, .get),
            (.readiness, .get), (.metrics, .get):
            true
        case (.correlation, .head), (.execution, .head), (.delivery, .head), (.openAPI, .head), (.health, .head),
            (.readiness, .head), (.metrics, .head):
            true
        case (_, .get), (_, .head), (_, .post), (_, .other): false
        }
    }

    /// The one path segment behind a prefix, percent-decoded; nil if there is none, or more than one.
    private static func parameter(of path: String, behind prefix: String) -> String? {
        guard path.hasPrefix(prefix) else { return nil }
        let segment = String(Substring(path.utf8.dropFirst(prefix.utf8.count)))
        let utf8 = segment.utf8Span.span
        guard !utf8.isEmpty, !utf8.indices.contains(where: { utf8[$0] == UInt8(ascii: "/") }) else { return nil }
        return PercentEncoding.decoded(segment)
    }
}
