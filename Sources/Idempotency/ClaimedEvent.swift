import Events

/// The key of an event on the spool.
enum ClaimedEvent {
    /// - Returns: nil for an event without a key.
    static func read(_ bytes: [UInt8], _ range: Range<Int>) -> (stamp: ClaimStamp, recordedSeconds: Int64)? {
        if let event = EventEnvelope(line: bytes, in: range) {
            guard let claim = event.claim, let stamp = ClaimStamp(claim) else { return nil }
            return (stamp, event.recordedTime.milliseconds / 1000)
        }
        guard let event = try? RecordedEvent(line: bytes, in: range), let claim = event.claim,
            let stamp = ClaimStamp(ArraySlice(claim.utf8))
        else { return nil }
        return (stamp, event.recordedTime.milliseconds / 1000)
    }
}
