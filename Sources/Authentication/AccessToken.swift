import Crypto

/// What a sender puts into `X-API-KEY`; exists in full only while it is made.
///
/// ```
/// fxt_ <id> _ <secret> <checksum>        55 bytes of ASCII
///  4    12  1    32       6              [a-z0-9] · base 62, 190 random bits · base 62, see TokenChecksum
/// ```
/// The store keeps the SHA-256 of the whole text. A slow password hash would protect nothing here: 190 bits cannot be
/// guessed, and its cost would be paid by every request.
package struct AccessToken: Sendable {
    package static let bytesCount = 55

    private static let prefix = Array("fxt_".utf8)
    private static let secretBytesCount = 32
    private static let checksumStart = bytesCount - TokenChecksum.digitsCount

    package let id: String
    /// Shown to its owner once.
    package let text: Secret

    /// - Parameter id: drawn by ``CredentialID/make(using:)``; the caller has made sure that it is not taken.
    package static func make(id: String, using randomness: inout some RandomNumberGenerator) -> AccessToken {
        precondition(CredentialID.isWellFormed(id.utf8), "a token's id is made by CredentialID")
        var bytes = prefix + id.utf8
        bytes.append(UInt8(ascii: "_"))
        for _ in 0..<secretBytesCount { bytes.append(TokenChecksum.digits.drawn(using: &randomness)) }
        bytes += TokenChecksum.encoded(TokenChecksum.crc32(bytes))
        precondition(bytes.count == bytesCount, "the token's layout and its length disagree")
        return AccessToken(id: id, text: Secret(String(decoding: bytes, as: UTF8.self)))
    }

    /// What is stored of the token: SHA-256 of its text, 32 bytes.
    package var digest: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// What a presented text is, before anybody looks for its id.
    package enum Reading: Equatable, Sendable {
        case wellFormed(id: String)
        case checksumWrong
        case malformed
    }

    package static func read(_ text: ArraySlice<UInt8>) -> Reading {
        guard text.count == bytesCount, text.starts(with: prefix) else { return .malformed }
        let start = text.startIndex
        let idStart = start + prefix.count
        let separator = idStart + CredentialID.bytesCount
        let id = text[idStart..<separator]
        guard id.allSatisfy(CredentialID.isAllowed), text[separator] == UInt8(ascii: "_"),
            text[(separator + 1)...].allSatisfy(TokenChecksum.isDigit)
        else { return .malformed }
        let checksum = TokenChecksum.crc32(text[..<(start + checksumStart)])
        guard TokenChecksum.matches(text[(start + checksumStart)...], checksum) else { return .checksumWrong }
        // Twelve bytes lie inside the String itself: nothing is allocated.
        return .wellFormed(id: String(decoding: id, as: UTF8.self))
    }
}
