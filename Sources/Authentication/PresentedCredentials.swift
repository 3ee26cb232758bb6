import HTTPMessage

/// What a request brought to say who it is.
package struct PresentedCredentials: Sendable {
    package var apiKey: PresentedHeader
    /// All header fields of the request: which of them carry a signature depends on the key.
    package var fields: HTTPFields
    /// The secret key the path names (`/fx/events/webhook/<id>`): then no other is tried for the signature.
    /// It is no credential, and means nothing where no signature was sent.
    package var keyID: String?

    package init(
        apiKey: PresentedHeader = .absent, fields: HTTPFields = HTTPFields(), keyID: String? = nil
    ) {
        self.apiKey = apiKey
        self.fields = fields
        self.keyID = keyID
    }
}

/// A header that may come once.
package enum PresentedHeader: Sendable {
    case absent
    case single(ArraySlice<UInt8>)
    /// Came twice, or some hop has joined two values with a comma (RFC 9110 §5.3).
    case duplicated

    /// - Parameter first: the value of the first field of that name.
    /// - Parameter commasCount: how many commas one value has by itself.
    package init(first: ArraySlice<UInt8>?, occurrences: Int, commasCount: Int = 0) {
        // Front servers pass on an empty value for a header that was not sent.
        guard let first, !first.isEmpty || occurrences > 1 else {
            self = .absent
            return
        }
        guard occurrences == 1 else {
            self = .duplicated
            return
        }
        var count = 0
        for byte in first where byte == UInt8(ascii: ",") { count += 1 }
        self = count > commasCount ? .duplicated : .single(first)
    }
}
