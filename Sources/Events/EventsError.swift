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
    case memberWithNoncharacter(String)
    /// Not as RFC 3986 has it.
    case memberNotAURI(String)
    case memberNotAMediaType(String)
    case memberNotBase64(String)
    /// An attribute that only the bridge may set.
    case memberReserved(String)
    case attributeNameInvalid(String)
    /// A number with a fraction or beyond 32 bits, an object, an array.
    case attributeOfNoType(String)
    case specVersionUnsupported
    case tooManyExtensions(limit: Int)
    case dataTwice
    case headerReplacesContentType
    /// A header with a quote that does not end, a wrong `%`, or bytes that are no UTF-8.
    case headerNotDecodable(String)
    /// A form with a wrong `%`, or with text that is no UTF-8.
    case formNotDecodable
    case tooManyFields(limit: Int)
    case notAnArray(found: JSONKind)
    case tooManyEvents(limit: Int)
    /// Only in a line of the spool: not 20 digits of a 64-bit number.
    case memberNotASequence(String)

    /// The member that the sender has to change, if it is one.
    package var member: String? {
        switch self {
        case .json, .notAnObject, .notAnArray, .tooManyExtensions, .tooManyEvents, .formNotDecodable,
            .tooManyFields:
            nil
        case .specVersionUnsupported: "specversion"
        case .dataTwice: "data_base64"
        case .headerReplacesContentType: "ce-datacontenttype"
        case .memberMissing(let name), .memberDuplicated(let name), .memberOfWrongKind(let name, _, _),
            .memberEmpty(let name), .memberTooLong(let name, _), .memberWithControlCharacter(let name),
            .memberOutsideAlphabet(let name), .memberNotATimestamp(let name), .memberNegative(let name),
            .memberNotAStatus(let name), .memberNotASequence(let name), .memberWithNoncharacter(let name),
            .memberNotAURI(let name), .memberNotAMediaType(let name), .memberNotBase64(let name),
            .memberReserved(let name), .attributeNameInvalid(let name), .attributeOfNoType(let name),
            .headerNotDecodable(let name):
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
        case .memberWithNoncharacter(let name): "\(name) contains a Unicode noncharacter"
        case .memberNotAURI(let name):
            name == "source"
                ? "source must be a URI-reference of RFC 3986: percent-encode what may not stand in one"
                : "\(name) must be an absolute URI of RFC 3986"
        case .memberNotAMediaType(let name): "\(name) must be a media type of RFC 2046, type/subtype"
        case .memberNotBase64(let name): "\(name) must be base64 of RFC 4648 §4, padded and without line breaks"
        case .memberReserved(let name): "\(name) is set by the bridge only; leave it out"
        case .attributeNameInvalid(let name):
            "\(name) is no name of an attribute: at most \(AttributeName.bytesLimit) of a-z and 0-9"
        case .attributeOfNoType(let name): "\(name) must be a string, a boolean or an integer of 32 bits"
        case .specVersionUnsupported: "specversion must be 1.0"
        case .tooManyExtensions(let limit): "the event has more than \(limit) extension attributes"
        case .dataTwice: "data and data_base64 exclude each other"
        case .headerReplacesContentType: "ce-datacontenttype must not be sent: Content-Type says it"
        case .headerNotDecodable(let name): "\(name) must be percent-encoded UTF-8"
        case .formNotDecodable: "the body is not a form that can be decoded"
        case .tooManyFields(let limit): "the form has more than \(limit) fields"
        case .notAnArray(let found): "the body must be an array of events, found \(found.description)"
        case .tooManyEvents(let limit): "the batch has more than \(limit) events"
        case .memberNotASequence(let name): "\(name) must be 20 digits of a 64-bit number"
        }
    }
}
