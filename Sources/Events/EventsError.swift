import JSONText

/// Why a text is no event, no report or no line of ours.
///
/// A case that concerns a member begins with its name as the sender's JSON has it.
package enum EventsError: Error, Equatable, Sendable {
    case json(JSONTextError)
    case notAnObject(found: JSONKind)
    case memberMissing(String)
    /// Which of the two would count differs from reader to reader (RFC 8259 §4), so neither does.
    case memberDuplicated(String)
    case memberOfWrongKind(String, expected: JSONKind, found: JSONKind)
    case memberEmpty(String)
    case memberTooLong(String, bytesLimit: Int)
    case memberWithControlCharacter(String)
    /// Something else than `A-Za-z0-9._:-`.
    case memberOutsideAlphabet(String)
    case memberNotATimestamp(String)
    case memberNegative(String)
    case memberNotAStatus(String)
    /// Only in a line of the spool: not 20 digits of a 64-bit number.
    case memberNotASequence(String)

    /// The member that the sender has to change, if it is one.
    package var member: String? {
        switch self {
        case .json, .notAnObject: nil
        case .memberMissing(let name), .memberDuplicated(let name), .memberOfWrongKind(let name, _, _),
            .memberEmpty(let name), .memberTooLong(let name, _), .memberWithControlCharacter(let name),
            .memberOutsideAlphabet(let name), .memberNotATimestamp(let name), .memberNegative(let name),
            .memberNotAStatus(let name), .memberNotASequence(let name):
            name
        }
    }

    /// What is wrong, in words for the sender. Repeats nothing of the input but a member's name.
    package var message: String {
        switch self {
        case .json(let error): error.message
        case .notAnObject(let found): "the body must be an object, found \(found.description)"
        case .memberMissing(let name): "\(name) is missing"
        case .memberDuplicated(let name): "\(name) occurs more than once"
        case .memberOfWrongKind(let name, let expected, let found):
            "\(name) must be \(expected.description), found \(found.description)"
        case .memberEmpty(let name): "\(name) must not be empty"
        case .memberTooLong(let name, let limit): "\(name) is longer than \(limit) bytes"
        case .memberWithControlCharacter(let name): "\(name) contains a control character"
        case .memberOutsideAlphabet(let name): "\(name) may contain only A-Z a-z 0-9 . _ : -"
        case .memberNotATimestamp(let name): "\(name) must be a date and time of RFC 3339, 2026-01-02T03:04:05Z"
        case .memberNegative(let name): "\(name) must not be negative"
        case .memberNotAStatus(let name):
            "\(name) must be one of \(ExecutionStatus.allCases.map(\.rawValue).joined(separator: ", "))"
        case .memberNotASequence(let name): "\(name) must be 20 digits of a 64-bit number"
        }
    }
}
