import DurableIO
import Spool
import Threading

/// Why the runner cannot go on.
package enum RunnerError: Error, Sendable {
    case log(SpoolError)
    case cursor(CursorError)
    case disk(IOError)
    case thread(ThreadError)
    /// Another runner has the log.
    case alreadyRunning(path: String)
    case services(ServicesError)
}

extension RunnerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .log(let error): "\(error)"
        case .cursor(let error): "\(error)"
        case .disk(let error): "\(error)"
        case .thread(let error): "\(error)"
        case .alreadyRunning(let path): "\(path) is locked: only one fx-runner can run on a spool"
        case .services(let error): "the services are not usable\n\(error)"
        }
    }
}
