import JSONText

/// Takes the attributes of a CloudEvent one by one and checks each by its own rule (CloudEvents 1.0.2 §3.1, §3.2).
struct AttributeCollector {
    private let limits: CloudEventLimits
    private(set) var hasVersion = false
    private(set) var id: String?
    private(set) var source: EventSource?
    private(set) var type: String?
    private(set) var time: String?
    private(set) var dataContentType: String?
    private(set) var cid: CorrelationID?
    private(set) var attributes = EventAttributes()
    private(set) var hasTrace = false
    private var extensionsCount = 0

    init(limits: CloudEventLimits) {
        self.limits = limits
    }

    /// Takes an attribute that is a text.
    ///
    /// - Precondition: no attribute of that name was taken before.
    mutating func take(_ name: String, _ text: String) throws(EventsError) {
        switch name {
        case "specversion":
            guard text == "1.0" else { throw .specVersionUnsupported }
            hasVersion = true
        case "id": id = try line(name, text, bytesLimit: limits.attributeBytes)
        case "source": source = try reference(name, text, bytesLimit: limits.sourceBytes)
        case "type": type = try line(name, text, bytesLimit: limits.typeBytes)
        case "time":
            guard Timestamp(rfc3339: text) != nil else { throw .memberNotATimestamp(name) }
            time = text
        case "datacontenttype":
            dataContentType = try line(name, text, bytesLimit: limits.attributeBytes)
            guard ContentType(text) != nil else { throw .memberNotAMediaType(name) }
        case "dataschema":
            guard try reference(name, text, bytesLimit: limits.attributeBytes).hasScheme else {
                throw .memberNotAURI(name)
            }
            attributes.add(name, text)
        case "subject": attributes.add(name, try line(name, text, bytesLimit: limits.attributeBytes))
        case "correlationid": cid = try CorrelationID(text, member: name)
        default:
            try admit(name)
            guard text.utf8.count <= limits.attributeBytes else {
                throw .memberTooLong(name, bytesLimit: limits.attributeBytes)
            }
            try checkCharacters(name, text)
            attributes.add(name, text)
            if name == "traceparent" || name == "tracestate" { hasTrace = true }
        }
    }

    /// Takes an attribute as JSON has it: a string, a boolean, or an integer of 32 bits (CloudEvents 1.0.2 §3.1.1).
    mutating func take(_ name: String, _ value: JSONValue, of bytes: [UInt8]) throws(EventsError) {
        switch value.kind {
        case .null: return
        case .string: try take(name, value.string(in: bytes) ?? "")
        case .boolean, .number, .object, .array:
            if Self.stringNames.contains(name) {
                throw .memberOfWrongKind(name, expected: .string, found: value.kind)
            }
            try admit(name)
            let isInteger =
                value.kind == .number && value.range.count <= 11
                && Int32(String(decoding: bytes[value.range], as: UTF8.self)) != nil
            guard value.kind == .boolean || isInteger else { throw .attributeOfNoType(name) }
            attributes.add(name, value, from: bytes)
        }
    }

    private static let stringNames: Set<String> = [
        "specversion", "id", "source", "type", "time", "datacontenttype", "dataschema", "subject", "correlationid",
    ]

    /// Whether an extension may have that name, and whether there is room for it.
    private mutating func admit(_ name: String) throws(EventsError) {
        // `data` is no attribute in any mode that has attributes on their own.
        guard AttributeName.isValid(name), name != "data" else { throw .attributeNameInvalid(shown(name)) }
        guard !AttributeName.reserved.contains(name) else { throw .memberReserved(name) }
        guard extensionsCount < limits.extensions else { throw .tooManyExtensions(limit: limits.extensions) }
        extensionsCount += 1
    }

    private func line(_ name: String, _ text: String, bytesLimit: Int) throws(EventsError) -> String {
        guard !text.isEmpty else { throw .memberEmpty(name) }
        guard text.utf8.count <= bytesLimit else { throw .memberTooLong(name, bytesLimit: bytesLimit) }
        try checkCharacters(name, text)
        return text
    }

    private func reference(_ name: String, _ text: String, bytesLimit: Int) throws(EventsError) -> EventSource {
        let source = EventSource(try line(name, text, bytesLimit: bytesLimit))
        guard source.reference == text else { throw .memberNotAURI(name) }
        return source
    }

    /// No control characters and no noncharacters (CloudEvents 1.0.2 §3.1.1, "String").
    private func checkCharacters(_ name: String, _ text: String) throws(EventsError) {
        guard !ObjectReader.hasControlCharacter(text) else { throw .memberWithControlCharacter(name) }
        for scalar in text.unicodeScalars {
            let isNoncharacter = (0xFDD0...0xFDEF).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE
            if isNoncharacter { throw .memberWithNoncharacter(name) }
        }
    }

    /// The name for an error: it may be as long as the request.
    private func shown(_ name: String) -> String {
        name.utf8.count <= 64 ? name : String(String.UnicodeScalarView(name.unicodeScalars.prefix(64))) + "…"
    }
}
