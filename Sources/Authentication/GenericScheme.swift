/// How a provider signs that is none of the known ones: an HMAC, described by the operator.
///
/// ```json
/// {"header": "X-Signature", "algorithm": "sha256", "encoding": "hex", "prefix": "sha256=",
///  "timestamp_header": "X-Timestamp", "signs": "{timestamp}.{body}"}
/// ```
package struct GenericScheme: Sendable, Equatable {
    package static let prefixBytesLimit = 64
    package static let templateBytesLimit = 128

    package enum Algorithm: String, CaseIterable, Sendable {
        case sha1, sha256, sha512
    }

    package enum Encoding: String, CaseIterable, Sendable {
        case hex, base64
    }

    /// The header that carries the signature.
    package let header: String
    package let algorithm: Algorithm
    package let encoding: Encoding
    /// What stands before the signature in its header; may be empty.
    package let prefix: String
    /// The header that carries seconds since 1970; then the signature must cover them.
    package let timestampHeader: String?
    /// What is signed before and behind the body, of which `{timestamp}` is a part.
    let template: Template

    /// `v0:{timestamp}:{body}`, taken apart.
    struct Template: Sendable, Equatable {
        var beforeTimestamp: [UInt8] = []
        /// Nil where no timestamp is signed: then everything before the body is ``beforeTimestamp``.
        var afterTimestamp: [UInt8]?
        var afterBody: [UInt8] = []
    }

    /// - Parameter signs: nil for `{timestamp}.{body}` with a timestamp's header, `{body}` without.
    /// - Throws: ``GenericSchemeError`` for the first thing that is not allowed.
    package init(
        header: String, algorithm: Algorithm = .sha256, encoding: Encoding = .hex, prefix: String = "",
        timestampHeader: String? = nil, signs: String? = nil
    ) throws(GenericSchemeError) {
        guard NamingRule.isFieldName(header) else { throw .headerInvalid }
        if let timestampHeader {
            guard NamingRule.isFieldName(timestampHeader), timestampHeader.lowercased() != header.lowercased() else {
                throw .timestampHeaderInvalid
            }
        }
        guard prefix.utf8.count <= Self.prefixBytesLimit, prefix.utf8.allSatisfy({ 0x20 < $0 && $0 < 0x7F }) else {
            throw .prefixInvalid
        }
        self.header = header
        self.algorithm = algorithm
        self.encoding = encoding
        self.prefix = prefix
        self.timestampHeader = timestampHeader
        let text = signs ?? (timestampHeader == nil ? "{body}" : "{timestamp}.{body}")
        guard let template = Template(text) else { throw .templateInvalid }
        // A timestamp that is not signed can be changed by whoever replays a request.
        guard (template.afterTimestamp != nil) == (timestampHeader != nil) else { throw .timestampUnsigned }
        self.template = template
    }

    /// The template as it was given.
    package var signs: String {
        String(decoding: template.beforeTimestamp, as: UTF8.self)
            + (template.afterTimestamp.map { "{timestamp}" + String(decoding: $0, as: UTF8.self) } ?? "") + "{body}"
            + String(decoding: template.afterBody, as: UTF8.self)
    }
}

extension GenericScheme.Template {
    /// Returns nil unless `{body}` stands in it once and `{timestamp}` at most once, before the body.
    init?(_ text: String) {
        guard text.utf8.count <= GenericScheme.templateBytesLimit else { return nil }
        var rest = Array(text.utf8)[...]
        if let place = rest.place(of: "{timestamp}") {
            beforeTimestamp = Array(rest[..<place.lowerBound])
            rest = rest[place.upperBound...]
            guard let body = rest.place(of: "{body}") else { return nil }
            afterTimestamp = Array(rest[..<body.lowerBound])
            afterBody = Array(rest[body.upperBound...])
        } else {
            guard let body = rest.place(of: "{body}") else { return nil }
            beforeTimestamp = Array(rest[..<body.lowerBound])
            afterBody = Array(rest[body.upperBound...])
        }
        let literals = beforeTimestamp + (afterTimestamp ?? []) + afterBody
        // What is left of a brace is a misspelt name.
        guard !literals.contains(UInt8(ascii: "{")), !literals.contains(UInt8(ascii: "}")) else { return nil }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func place(of text: String) -> Range<Int>? {
        let pattern = Array(text.utf8)
        guard count >= pattern.count else { return nil }
        for start in startIndex...(endIndex - pattern.count) where self[start...].starts(with: pattern) {
            return start..<(start + pattern.count)
        }
        return nil
    }
}

/// What is wrong with the description of a scheme.
package enum GenericSchemeError: Error, Equatable, Sendable {
    case headerInvalid
    case timestampHeaderInvalid
    case prefixInvalid
    case templateInvalid
    /// A timestamp's header without `{timestamp}` in what is signed, or the other way round.
    case timestampUnsigned
}

extension GenericSchemeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .headerInvalid: "the signature's header is not named by letters, digits, - and ."
        case .timestampHeaderInvalid:
            "the timestamp's header is not named by letters, digits, - and ., or is the signature's own"
        case .prefixInvalid:
            "the prefix has more than \(GenericScheme.prefixBytesLimit) bytes, or others than visible ASCII"
        case .templateInvalid:
            "what is signed is written with {body} once, {timestamp} at most once and before it, in at most "
                + "\(GenericScheme.templateBytesLimit) bytes: {timestamp}.{body}"
        case .timestampUnsigned: "a timestamp's header and {timestamp} in what is signed go together"
        }
    }
}
