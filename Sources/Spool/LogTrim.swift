import DurableIO

/// How much of a log is kept.
package struct RetentionPolicy: Sendable, Equatable {
    /// Segments last written longer ago than this go; nil keeps them however old they are.
    package var ageSecondsLimit: Int64?
    /// The oldest segments go until the log has no more bytes than this; nil sets no limit.
    package var bytesLimit: UInt64?
    /// Segments last written before this moment, in seconds since 1970, go too.
    var writtenBeforeSeconds: Int64?

    package init(ageSecondsLimit: Int64?, bytesLimit: UInt64?) {
        self.ageSecondsLimit = ageSecondsLimit
        self.bytesLimit = bytesLimit
    }
}

/// What was removed of a log, or would be, and what could not be.
package struct LogTrim: Sendable, Equatable {
    /// A run of segments.
    package struct Run: Sendable, Equatable {
        package internal(set) var segments = 0
        package internal(set) var bytes: UInt64 = 0
        /// From the first segment's first sequence to before the first one that stayed; nil where there is no segment.
        package internal(set) var sequences: Range<UInt64>?
        /// When the youngest segment was last written, in seconds since 1970.
        package internal(set) var lastWrittenSeconds: Int64?

        mutating func add(_ segment: StoredSegment) {
            segments += 1
            bytes += segment.bytes
            sequences = (sequences?.lowerBound ?? segment.first)..<segment.end
            lastWrittenSeconds = max(lastWrittenSeconds ?? .min, segment.modificationSeconds)
        }
    }

    package internal(set) var removed = Run()
    /// What the policy lets go and `holders` have not passed.
    package internal(set) var held = Run()
    /// The consumers that hold something back or, where the operator forced it, lost something unread. A file that tells
    /// nothing stands here by its path.
    package internal(set) var holders: [String] = []
    /// Sequence that the log begins with now; nil if it has no segment.
    package internal(set) var firstSequence: UInt64?
    /// When age alone lets the next segment go, in seconds since 1970; nil if none is due without a further one.
    package internal(set) var nextDueSeconds: Int64?
    /// What ended the removal before everything that was due had gone.
    package internal(set) var failure: IOError?
}
