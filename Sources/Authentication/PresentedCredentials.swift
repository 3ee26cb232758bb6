/// What a request brought to say who it is.
package struct PresentedCredentials: Sendable {
    package var apiKey: PresentedHeader
    package var hubSignature: PresentedHeader
    /// The secret key the path names (`/fx/events/webhook/<id>`): then no other is tried for the signature.
    /// It is no credential, and means nothing where no signature was sent.
    package var keyID: String?

    package init(
        apiKey: PresentedHeader = .absent, hubSignature: PresentedHeader = .absent, keyID: String? = nil
    ) {
        self.apiKey = apiKey
        self.hubSignature = hubSignature
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
    package init(first: ArraySlice<UInt8>?, occurrences: Int) {
        // Front servers pass on an empty value for a header that was not sent.
        guard let first, !first.isEmpty || occurrences > 1 else {
            self = .absent
            return
        }
        self = occurrences > 1 || first.contains(UInt8(ascii: ",")) ? .duplicated : .single(first)
    }
}
