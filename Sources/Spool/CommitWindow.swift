import Glibc

/// How long the committer lets records gather before it begins a group, as PostgreSQL's `commit_delay` does.
///
/// A synchronization costs the same for one record as for a hundred, most of it in the kernel. While senders come one at a
/// time nobody waits for anybody. When several have come during the last commit, as many will come again soon: waiting
/// for that many, but no longer than two commits take, makes groups larger and the server cheaper by a tenth.
struct CommitWindow {
    /// Groups smaller than this are no sign of many senders.
    static let recordsFloor = 4
    /// What a sender may lose by it; a disk that is slower than this makes large groups by itself.
    static let nanosecondsLimit: Int64 = 500_000
    /// A group of this size is worth a synchronization of its own: waiting for more leaves the processors idle while all
    /// senders wait.
    static let recordsEnough = 20
    static let bytesEnough = 1 << 20

    /// How long the next group may gather from when its first record has come; 0 to begin at once.
    private(set) var nanoseconds: Int64 = 0
    /// How many records end the wait: those of the last group, whose senders come again, and no more than are enough.
    private(set) var records = recordsEnough

    /// Looks at a group that was committed.
    ///
    /// - Parameter commitNanoseconds: how long its write and synchronization took.
    mutating func note(records: Int, commitNanoseconds: Int64) {
        nanoseconds = records < Self.recordsFloor ? 0 : min(2 * commitNanoseconds, Self.nanosecondsLimit)
        self.records = min(records, Self.recordsEnough)
    }

    /// Nanoseconds of a clock that nobody sets.
    static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
