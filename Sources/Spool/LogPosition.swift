/// How far a log is committed: everything before this place is on disk, nothing behind it may be shown to anybody.
package struct LogPosition: Equatable, Sendable {
    /// First sequence of the segment being written.
    package var segment: UInt64
    /// Bytes of that segment that are committed.
    package var offset: UInt64
    /// Sequence number the next record gets.
    package var nextSequence: UInt64

    package init(segment: UInt64, offset: UInt64, nextSequence: UInt64) {
        self.segment = segment
        self.offset = offset
        self.nextSequence = nextSequence
    }
}

/// What bounds a log.
package struct LogOptions: Sendable {
    /// A segment that would grow beyond this is closed and a new one begun; a larger group still stays whole.
    package var segmentBytes: UInt64
    /// Free space that is never used up, so that other things on the disk go on.
    package var reserveBytes: UInt64

    package init(segmentBytes: UInt64 = 64 << 20, reserveBytes: UInt64 = 64 << 20) {
        self.segmentBytes = segmentBytes
        self.reserveBytes = reserveBytes
    }
}
