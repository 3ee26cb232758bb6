/// What a route is called in the log and in metrics, whatever its parameters.
///
/// The number is the place of its counters.
enum RouteName: Int, CaseIterable, Sendable {
    case events, genericEvents, webhook, correlation, execution, executions, delivery, openAPI
    case health, readiness, metrics
    /// Paths that lead nowhere.
    case none

    var label: String {
        switch self {
        case .events: "events"
        case .genericEvents: "events_generic"
        case .webhook: "events_webhook"
        case .correlation: "cid"
        case .execution: "execution"
        case .executions: "executions"
        case .delivery: "delivery"
        case .openAPI: "openapi"
        case .health: "healthz"
        case .readiness: "readyz"
        case .metrics: "metrics"
        case .none: "none"
        }
    }

    var isForOperators: Bool {
        switch self {
        case .health, .readiness, .metrics: true
        case .events, .genericEvents, .webhook, .correlation, .execution, .executions, .delivery, .openAPI, .none:
            false
        }
    }
}

extension Route {
    var name: RouteName {
        switch self {
        case .events: .events
        case .genericEvents: .genericEvents
        case .webhook: .webhook
        case .correlation: .correlation
        case .execution: .execution
        case .delivery: .delivery
        case .executions: .executions
        case .openAPI: .openAPI
        case .health: .health
        case .readiness: .readiness
        case .metrics: .metrics
        }
    }
}
