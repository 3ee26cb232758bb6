import DurableIO

/// Why an errand was not asked, or cannot be done.
package enum ErrandError: Error, Sendable, Equatable {
    case disk(IOError)
    /// So many wait to be done that no more are taken.
    case tooManyWaiting(limit: Int)
    case tooManyEvents(limit: Int)
    /// The file says nothing that can be done.
    case unreadable(name: String)
}

extension ErrandError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .disk(let error): error.description
        case .tooManyWaiting(let limit): "\(limit) requests wait for the bridge already; is it running?"
        case .tooManyEvents(let limit): "one request may replay at most \(limit) events; name fewer, or set --limit"
        case .unreadable(let name):
            "\(name) is no request to replay at most \(ReplayErrand.eventsLimit) events, oldest first"
        }
    }
}
