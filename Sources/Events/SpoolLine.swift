import JSONText

/// A line for the spool that still lacks its sequence number and its checksum.
///
/// The log stamps the number over 20 zeros and appends `,"crc32c":"1a2b3c4d"}` and a newline. The first raw
/// `"sequence":"` of a line is always that member: before it stand only names of ours, numbers and strings, and inside
/// a string every quote is escaped, so that no text of a sender can contain those bytes.
package struct SpoolLine: Sendable, Equatable {
    /// The members up to `data`, with the opening brace and without the closing one.
    package var bytes: [UInt8]
    /// Where the first of the 20 digits stands.
    package let sequenceOffset: Int

    package static let sequenceDigits = 20
    /// Room kept for the 22 bytes that the log appends, so that it need not move the line.
    static let trailerCapacity = 24

    static func appendSequence(to bytes: inout [UInt8]) -> Int {
        JSONWriter.appendLiteral(",\"sequence\":\"00000000000000000000", to: &bytes)
        return bytes.count - sequenceDigits
    }
}
