import Crypto
import Events

/// Names the execution of one event by one service, the same each time it is derived.
///
/// A UUIDv8 (RFC 9562 §5.8) from SHA-256 over the event's tenant, source, id and sequence number and the service's name:
/// a restart finds the execution it has begun, and a spool that was made anew does not give an old name again, because
/// the ids of its events are others.
package struct ExecutionID: Sendable, Hashable, Comparable {
    private let high: UInt64
    private let low: UInt64

    package init(event: RecordedEvent, service: String) {
        var hash = SHA256()
        // None of the texts but the source and the id can hold a NUL, and these are not the last ones: no two
        // different sets of texts give the same bytes.
        for text in [event.tenant, String(event.sequence), service, event.source] {
            hash.update(data: Array(text.utf8))
            hash.update(data: [0])
        }
        hash.update(data: Array(event.id.utf8))
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in hash.finalize().prefix(16).enumerated() {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        high = words.0 & 0xFFFF_FFFF_FFFF_0FFF | 0x8000
        low = words.1 & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Reads ``text``; nil for anything else.
    package init?(_ text: String) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        guard text.utf8.count == 36, digits.count == 32,
            let high = UInt64(String(decoding: digits[..<16], as: UTF8.self), radix: 16),
            let low = UInt64(String(decoding: digits[16...], as: UTF8.self), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
        guard self.text == text else { return nil }
    }

    /// `5c1f0a52-9d3e-8b7a-a4c6-0d1e2f3a4b5c`
    package var text: String {
        let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    package static func < (left: ExecutionID, right: ExecutionID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension ExecutionID: CustomStringConvertible {
    package var description: String { text }
}
