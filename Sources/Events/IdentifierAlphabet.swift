/// The alphabet of our identifiers, `A-Za-z0-9._:-`: safe in JSON, in a URL's path, in a header and in a file's name.
package enum IdentifierAlphabet {
    /// The longest identifier, in bytes.
    package static let bytesLimit = 128

    package static func contains(_ text: String) -> Bool {
        let bytes = text.utf8Span.span
        for index in bytes.indices where !contains(bytes[index]) { return false }
        return true
    }

    static func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Checks a whole identifier: 1 to 128 bytes of the alphabet.
    ///
    /// - Parameter member: what the error calls it.
    package static func check(_ text: String, member: String) throws(EventsError) {
        guard !text.isEmpty else { throw .memberEmpty(member) }
        guard text.utf8.count <= bytesLimit else { throw .memberTooLong(member, bytesLimit: bytesLimit) }
        guard contains(text) else { throw .memberOutsideAlphabet(member) }
    }
}
