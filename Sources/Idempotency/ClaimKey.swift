import Crypto

/// What a request says again when it is sent again, as 128 bits: the beginning of a SHA-256.
///
/// Tenant and credential are part of it, so nobody can take or learn another one's keys.
package struct ClaimKey: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// SHA-256 over `fx-claim-1`, tenant, credential, the subject's kind and the subject, with a NUL between them: only
    /// the last one may hold a NUL itself.
    package init(tenant: String, credentialID: String, subject: ClaimSubject) {
        var bytes = Array("fx-claim-1".utf8)
        bytes.reserveCapacity(192)
        for part in [tenant, credentialID] + subject.parts {
            bytes.append(0)
            bytes.append(contentsOf: part.utf8)
        }
        self.init(digest: Array(SHA256.hash(data: bytes)))
    }

    /// - Parameter digest: at least 16 bytes.
    init(digest: [UInt8]) {
        high = digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension ClaimKey: Comparable {
    package static func < (left: ClaimKey, right: ClaimKey) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// Where a request says that it is the same one again.
package enum ClaimSubject: Sendable, Equatable {
    /// The `Idempotency-Key` field.
    case header(String)
    /// The provider's id of the delivery, or what makes a CloudEvent one event (CloudEvents 1.0.2 §3.1.1): its source, a
    /// blank, its id.
    case delivery(String)
    /// The deliveries of a batch, in its order.
    case batch([String])
    /// The release of a request that was refused, by the id it is kept under.
    case release(String)

    fileprivate var parts: [String] {
        switch self {
        case .header(let key): ["header", key]
        case .delivery(let id): ["delivery", id]
        // Each with its length, so that no two lists run together.
        case .batch(let ids): ["batch"] + ids.map { "\($0.utf8.count) \($0)" }
        case .release(let id): ["release", id]
        }
    }
}

/// What an accepted event carries on the spool as `fxclaim`: the key, and which body came under it.
///
/// 64 lower-case hexadecimal digits: 32 of the key, then the first 32 of the body's SHA-256.
package struct ClaimStamp: Hashable, Sendable {
    package let key: ClaimKey
    /// The beginning of the body's SHA-256: enough to tell two bodies of one sender apart.
    package let body: ClaimKey

    package init(key: ClaimKey, body: ClaimKey) {
        self.key = key
        self.body = body
    }

    /// - Parameter bodyDigest: SHA-256 of the body, 32 bytes.
    package init(key: ClaimKey, bodyDigest: [UInt8]) {
        self.init(key: key, body: ClaimKey(digest: bodyDigest))
    }

    /// Reads what ``text`` writes; nil for anything else.
    package init?(_ text: ArraySlice<UInt8>) {
        guard text.count == 64 else { return nil }
        var words: [UInt64] = []
        for start in stride(from: text.startIndex, to: text.endIndex, by: 16) {
            var word: UInt64 = 0
            for byte in text[start..<start + 16] {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): word = word << 4 | UInt64(byte - UInt8(ascii: "0"))
                case UInt8(ascii: "a")...UInt8(ascii: "f"): word = word << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
                default: return nil
                }
            }
            words.append(word)
        }
        self.init(key: ClaimKey(high: words[0], low: words[1]), body: ClaimKey(high: words[2], low: words[3]))
    }

    package var text: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for word in [key.high, key.low, body.high, body.low] {
            for shift in stride(from: UInt64(60), through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: word >> shift) & 0xF
                digits.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
