import Authentication
import HTTPMessage

/// Finds the access token of a request: in `X-API-KEY`, or behind `Authorization: Bearer` (RFC 6750 §2.1).
enum PresentedToken {
    private static let apiKeyField = HTTPFieldName("X-API-KEY")
    private static let authorizationField = HTTPFieldName("Authorization")
    private static let scheme = Array("bearer".utf8)

    /// Both headers may come if they say the same. Other schemes are somebody else's affair: a hop's, perhaps.
    static func header(of fields: HTTPFields) -> PresentedHeader {
        let key = PresentedHeader(
            first: fields.first(apiKeyField), occurrences: fields.occurrences(of: apiKeyField))
        guard fields.first(authorizationField) != nil else { return key }
        let tokens = fields.values(of: authorizationField).compactMap(bearerToken)
        guard let token = tokens.first else { return key }
        let bearer = PresentedHeader(first: token, occurrences: tokens.count)
        switch (key, bearer) {
        case (.absent, _): return bearer
        case (_, .absent): return key
        case (.single(let one), .single(let other)) where one.elementsEqual(other): return key
        case (.single, .single), (.duplicated, _), (_, .duplicated): return .duplicated
        }
    }

    private static func bearerToken(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let isBearer = value.prefix(scheme.count).elementsEqual(scheme) { $0 | 0x20 == $1 }
        let rest = value.dropFirst(scheme.count)
        guard isBearer, rest.first == UInt8(ascii: " ") else { return nil }
        return rest.drop { $0 == UInt8(ascii: " ") }
    }
}
