import DurableIO

/// Why a kept request cannot be kept, read or released.
package enum QuarantineError: Error, Sendable, Equatable {
    case disk(IOError)
    case unknown(id: String)
    /// The file is no kept request, or was torn by a crash.
    case unreadable(path: String)
    /// One request alone is larger than what is kept of one key.
    case tooLarge(bytes: Int, limit: Int)
    /// It was released before.
    case released(id: String)
}

extension QuarantineError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .disk(let error): error.description
        case .unknown(let id): "no request is kept under \(id)"
        case .unreadable(let path): "\(path) is no kept request, or not a whole one"
        case .tooLarge(let bytes, let limit): "the request has \(bytes) bytes, and \(limit) are kept of one key"
        case .released(let id): "\(id) was released before"
        }
    }
}
