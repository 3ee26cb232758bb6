import HTTPMessage

/// The `Idempotency-Key` field: a quoted string (draft-ietf-httpapi-idempotency-key-header-07 §2.1), or the same bare.
enum IdempotencyKey {
    static let charactersLimit = 255
    static let field = HTTPFieldName("Idempotency-Key")

    enum Fault: Error, Equatable {
        case duplicated
        case empty
        case tooLong(limit: Int)
        /// Neither visible ASCII nor a well-formed quoted string.
        case malformed

        var detail: String {
            switch self {
            case .duplicated: "Idempotency-Key came more than once; send it once."
            case .empty: "Idempotency-Key is empty; name the request, or leave the field out."
            case .tooLong(let limit): "Idempotency-Key has more than \(limit) characters."
            case .malformed:
                "Idempotency-Key must be a quoted string of ASCII characters, or one word of them without quotes."
            }
        }
    }

    /// The key a request names; nil where it names none. `"a"` and `a` are one key.
    static func read(_ fields: HTTPFields) throws(Fault) -> String? {
        guard let value = fields.first(field) else { return nil }
        guard fields.occurrences(of: field) == 1 else { throw .duplicated }
        let key = value.first == quote ? try unquote(value.dropFirst()) : try word(value)
        guard !key.isEmpty else { throw .empty }
        guard key.count <= charactersLimit else { throw .tooLong(limit: charactersLimit) }
        return String(decoding: key, as: UTF8.self)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    private static func word(_ value: ArraySlice<UInt8>) throws(Fault) -> ArraySlice<UInt8> {
        // A comma is what some hop joins two fields with.
        let isWord = value.allSatisfy { (0x21...0x7E).contains($0) && $0 != quote && $0 != UInt8(ascii: ",") }
        guard isWord else { throw .malformed }
        return value
    }

    /// RFC 8941 §4.2.5: everything up to the closing quote, which must end the value.
    private static func unquote(_ value: ArraySlice<UInt8>) throws(Fault) -> ArraySlice<UInt8> {
        var text: [UInt8] = []
        var rest = value
        while let byte = rest.popFirst() {
            switch byte {
            case quote:
                guard rest.isEmpty else { throw .malformed }
                return text[...]
            case backslash:
                guard let escaped = rest.popFirst(), escaped == quote || escaped == backslash else { throw .malformed }
                text.append(escaped)
            case 0x20...0x7E: text.append(byte)
            default: throw .malformed
            }
        }
        throw .malformed
    }
}
