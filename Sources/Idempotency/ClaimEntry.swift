/// An accepted event that answers for a key.
struct ClaimEntry: Sendable, Equatable {
    var stamp: ClaimStamp
    /// The event's place in the log.
    var sequence: UInt64
    /// When it was received, since 1970.
    var recordedSeconds: Int64
}

/// What the first sender was told, to tell it again.
package struct ClaimAnswer: Sendable, Equatable {
    package var cid: String
    package var type: String

    package init(cid: String, type: String) {
        self.cid = cid
        self.type = type
    }
}
