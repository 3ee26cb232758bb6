import Glibc

/// How long the committer lets records gather before it begins a group, as PostgreSQL's `commit_delay` does.
///
/// A synchronization costs the same for one record as for a hundred, most of it in the kernel. While senders come one at a
/// time nobody waits for anybody. When several have come during the last commit, as many will come again soon: waiting
/// for them as long as two commits take makes groups a few times larger, and the server cheaper by a sixth.
struct CommitWindow {
    /// Groups smaller than this are no sign of many senders.
    static let recordsFloor = 4
    /// What a sender may lose by it; a disk that is slower than this makes large groups by itself.
    static let nanosecondsLimit: Int64 = 500_000
    /// A group of this size is worth a synchronization of its own.
    static let recordsEnough = 512
    static let bytesEnough = 1 << 20

    /// How long the next group may gather from when its first record has come; 0 to begin at once.
    private(set) var nanoseconds: Int64 = 0

    /// Looks at a group that was committed.
    ///
    /// - Parameter commitNanoseconds: how long its write and synchronization took.
    mutating func note(records: Int, commitNanoseconds: Int64) {
        nanoseconds = records < Self.recordsFloor ? 0 : min(2 * commitNanoseconds, Self.nanosecondsLimit)
    }

    static func isEnough(_ group: CommitGroup) -> Bool {
        group.recordCount >= recordsEnough || group.byteCount >= bytesEnough
    }

    /// Nanoseconds of a clock that nobody sets.
    static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
