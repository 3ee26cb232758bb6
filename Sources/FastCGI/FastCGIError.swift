import Glibc

/// Why the responder could not begin to serve.
package enum FastCGIError: Error, Equatable, Sendable {
    case systemCall(String, path: String, errno: Int32)
    /// A Unix socket's name has 107 bytes at most (`sun_path`, unix(7)).
    case socketPathTooLong(path: String, limit: Int)
    /// Something that is no socket lies where the socket should be.
    case notASocket(path: String)
    /// Somebody answers on that socket already.
    case inUse(path: String)
    case unknownGroup(String)
    case library(status: Int32)
}

extension FastCGIError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .systemCall(let call, let path, let errno):
            unsafe "\(call) \(path): \(String(cString: strerror(errno)))"
        case .socketPathTooLong(let path, let limit):
            "\(path) is too long for the name of a Unix socket, which has \(limit) bytes at most"
        case .notASocket(let path):
            "\(path) exists and is no socket; move it away or set fastcgi.socket to another path"
        case .inUse(let path): "another process answers on \(path)"
        case .unknownGroup(let name): "there is no group '\(name)' on this machine (fastcgi.socket_group)"
        case .library(let status): "FCGX_Init failed with \(status)"
        }
    }
}
