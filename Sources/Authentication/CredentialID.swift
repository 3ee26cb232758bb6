/// The public name of a credential: 12 of `[a-z0-9]`, drawn at random; safe in a path, a log and a metric.
package enum CredentialID {
    package static let bytesCount = 12

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

    package static func make(using randomness: inout some RandomNumberGenerator) -> String {
        String(decoding: (0..<bytesCount).map { _ in alphabet.drawn(using: &randomness) }, as: UTF8.self)
    }

    package static func isWellFormed(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count == bytesCount && bytes.allSatisfy(isAllowed)
    }

    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

extension [UInt8] {
    /// One element, each as likely as any other.
    func drawn(using randomness: inout some RandomNumberGenerator) -> UInt8 {
        self[Int.random(in: indices, using: &randomness)]
    }
}
