import JSONText

/// A delivery of a webhook provider, as a mapping reads it.
///
/// What a provider signs is the body: a header is taken for a name and for nothing else.
package struct DeliveryRequest {
    package let body: [UInt8]
    /// The members of `body`.
    package let document: JSONDocument
    private let headerText: (String) -> String?

    /// Of a name that becomes part of a type.
    private static let nameBytesLimit = 128
    private static let textBytesLimit = 1024

    /// - Parameter header: the value of the first header of a name.
    package init(body: [UInt8], document: JSONDocument, header: @escaping (String) -> String?) {
        self.body = body
        self.document = document
        headerText = header
    }

    /// A header that is an identifier, else nil.
    func identifier(header name: String) -> String? { headerText(name).flatMap(Self.identifier) }

    func identifier(_ path: String) -> String? { text(path).flatMap(Self.identifier) }

    /// A header that can be part of a type, else nil.
    func name(header name: String) -> String? { headerText(name).flatMap(Self.name) }

    func name(_ path: String) -> String? { text(path).flatMap(Self.name) }

    func line(header name: String) -> String? { headerText(name).flatMap(Self.line) }

    /// The string or number at a path such as `repository.owner.url`; nil if it is empty, long, or not to be shown.
    func text(_ path: String) -> String? {
        guard let value = value(path), value.kind == .string || value.kind == .number else { return nil }
        return value.scalarText(in: body).flatMap(Self.line)
    }

    /// A string that is a moment of RFC 3339, as it is.
    func time(_ path: String) -> String? { text(path).flatMap { Timestamp(rfc3339: $0) == nil ? nil : $0 } }

    /// Whole seconds since 1970.
    func seconds(_ path: String) -> String? {
        guard let seconds = text(path).flatMap({ Int64($0) }) else { return nil }
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow, Timestamp.bounds.contains(microseconds) else { return nil }
        return Timestamp(microseconds: microseconds).text
    }

    func isPresent(_ path: String) -> Bool { value(path) != nil }

    private func value(_ path: String) -> JSONValue? {
        // Most places are in few deliveries: the members tell whether a path is worth taking apart.
        let dot = path.utf8.firstIndex(of: UInt8(ascii: "."))
        let first = dot.map { String(path[..<$0]) } ?? path
        guard let member = document.members.last(where: { $0.isNamed(first, in: body) }) else { return nil }
        if dot == nil { return member.value }
        let tokens = path.utf8.split(separator: UInt8(ascii: ".")).map { String(Substring($0)) }
        return JSONPointer(tokens: tokens).value(in: document, of: body)
    }

    private static func line(_ text: String) -> String? {
        (1...textBytesLimit).contains(text.utf8.count) && !ObjectReader.hasControlCharacter(text) ? text : nil
    }

    private static func identifier(_ text: String) -> String? {
        (1...IdentifierAlphabet.bytesLimit).contains(text.utf8.count) && IdentifierAlphabet.contains(text) ? text : nil
    }

    static func name(_ text: String) -> String? {
        guard (1...nameBytesLimit).contains(text.utf8.count) else { return nil }
        let isName = text.utf8.allSatisfy { byte in
            EventSource.isLetter(byte) || EventSource.isDigit(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        }
        return isName ? text : nil
    }
}

/// What a provider's delivery becomes; nil leaves it to the key's defaults, and the id to us.
package struct MappedDelivery: Sendable, Equatable {
    package var id: String?
    package var source: String?
    package var type: String?
    package var subject: String?
    /// RFC 3339.
    package var time: String?

    package init(
        id: String? = nil, source: String? = nil, type: String? = nil, subject: String? = nil, time: String? = nil
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
    }
}
