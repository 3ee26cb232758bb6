import Events
import HTTPMessage

/// In which mode of the CloudEvents HTTP binding (1.0.2 §1.3) a request brings its events, if it does.
enum ContentMode: Equatable {
    /// The body is the data and nothing else is said.
    case plain
    /// `application/cloudevents+json`
    case structured
    /// `application/cloudevents-batch+json`
    case batched
    /// `ce-` headers
    case binary
    /// Of CloudEvents, but of a format or charset that is not taken.
    case unsupported

    static let attributePrefix = HTTPFieldName("ce-")

    init(_ request: HTTPRequest) {
        let mediaType = "application/cloudevents"
        // A prefix, as the binding has it; compared byte by byte, since nearly every request has another type.
        if request.contentType.utf8.prefix(mediaType.utf8.count).elementsEqual(mediaType.utf8, by: Self.isSameLetter) {
            guard let type = ContentType(request.contentType), type.isUTF8 else {
                self = .unsupported
                return
            }
            switch type.subtype {
            case "cloudevents+json": self = .structured
            case "cloudevents-batch+json": self = .batched
            default: self = .unsupported
            }
        } else {
            self = request.fields.hasField(withPrefix: Self.attributePrefix) ? .binary : .plain
        }
    }

    private static func isSameLetter(_ sent: UInt8, _ expected: UInt8) -> Bool {
        sent == expected || ((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(sent) && sent | 0x20 == expected)
    }
}
