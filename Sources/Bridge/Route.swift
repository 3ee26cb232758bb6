import HTTPMessage

/// Where a request wants to go, by its raw path: what the front server may have normalised is not looked at.
enum Route: Equatable, Sendable {
    case events
    case genericEvents
    case webhook(keyID: String?)
    case correlation(cid: String)
    case execution(id: String)
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
            } else {
                return nil
            }
        case (.operator, _): return nil
        }
    }

    /// The methods it takes, as the `Allow` field lists them.
    var allowedMethods: StaticString {
        switch self {
        case .events, .genericEvents, .webhook, .executions: "OPTIONS, POST"
        case .correlation, .execution, .openAPI, .health, .readiness, .metrics: "GET, HEAD, OPTIONS"
        }
    }

    func allows(_ method: HTTPMethod) -> Bool {
        switch (self, method) {
        case (_, .options): true
        case (.events, .post), (.genericEvents, .post), (.webhook, .post), (.executions, .post): true
        case (.correlation, .get), (.execution, .get), (.openAPI, .get), (.health, .get), (.readiness, .get),
            (.metrics, .get):
            true
        case (.correlation, .head), (.execution, .head), (.openAPI, .head), (.health, .head), (.readiness, .head),
            (.metrics, .head):
            true
        case (_, .get), (_, .head), (_, .post), (_, .other): false
        }
    }

    /// The one path segment behind a prefix, percent-decoded; nil if there is none, or more than one.
    private static func parameter(of path: String, behind prefix: String) -> String? {
        guard path.hasPrefix(prefix) else { return nil }
        var bytes: [UInt8] = []
        var rest = path.utf8.dropFirst(prefix.utf8.count)
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "/"): return nil
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
