/// Bounds how many refused requests are looked at: for each key a burst, then one each few seconds.
///
/// Whoever knows a key's URL can send it forged requests; what they cost must not grow with how many they are.
package struct RefusalMeter: Sendable {
    package static let burst = 100
    package static let secondsPerRequest: Int64 = 5
    /// More keys than a credentials file may hold.
    private static let keysLimit = 10_000

    private struct Bucket {
        var tokens: Int
        var filledSeconds: Int64
    }

    private var buckets: [String: Bucket] = [:]

    package init() {}

    /// Whether one more request of a key may be looked at now.
    package mutating func admits(_ keyID: String, nowSeconds: Int64) -> Bool {
        var bucket = buckets[keyID] ?? Bucket(tokens: Self.burst, filledSeconds: nowSeconds)
        guard buckets[keyID] != nil || buckets.count < Self.keysLimit else { return false }
        let due = max(0, nowSeconds - bucket.filledSeconds) / Self.secondsPerRequest
        bucket.tokens = Int(min(Int64(Self.burst), Int64(bucket.tokens) + due))
        bucket.filledSeconds += due * Self.secondsPerRequest
        // A clock that was set back starts anew.
        if bucket.filledSeconds > nowSeconds { bucket.filledSeconds = nowSeconds }
        defer { buckets[keyID] = bucket }
        guard bucket.tokens > 0 else { return false }
        bucket.tokens -= 1
        return true
    }
}
