import DurableIO
import Spool

/// Why the keys cannot be kept, or a question about one not be answered.
package enum ClaimError: Error, Sendable, Equatable {
    case disk(IOError)
    case log(SpoolError)
    /// A file of keys is not as it was written, or does not fit the log: it is derived, and made anew.
    case damaged(path: String, ClaimFault)
}

package enum ClaimFault: Sendable, Equatable {
    case tooShort
    case foreignFormat
    case wrongLength
    case wrongChecksum
    /// Does not begin where the one before ends.
    case gap
    /// Knows of events that the log does not have: it belongs to another log.
    case aheadOfLog
}

extension ClaimError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .disk(let error): error.description
        case .log(let error): error.description
        case .damaged(let path, .tooShort): "\(path): too short for a file of keys"
        case .damaged(let path, .foreignFormat): "\(path): no file of keys of this version"
        case .damaged(let path, .wrongLength): "\(path): not of the length it tells"
        case .damaged(let path, .wrongChecksum): "\(path): the checksum is wrong"
        case .damaged(let path, .gap): "\(path): does not begin where the file before it ends"
        case .damaged(let path, .aheadOfLog): "\(path): knows of events that the log does not have"
        }
    }
}
