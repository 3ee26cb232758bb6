import DurableIO
import Glibc

/// A jump in the sequence numbers of a log that was copied.
///
/// The log goes on where it was copied from as well as in the copy, so both would give the same numbers to different
/// records. The copy's first start therefore begins a new epoch: a new segment, whose first sequence is the time in
/// microseconds since 1970. No log that began with 1 comes so far (it would take a million records a second since 1970),
/// and none that began a later epoch falls behind it: so copies of one log, however many and whenever restored, never give
/// a sequence twice, as long as clocks are not years off.
///
/// `<segment>.epoch` beside the segment that begins an epoch tells that nothing is missing before it:
/// ```json
/// {"after":43,"begun":1764035000000000}
/// ```
/// `after` is the sequence that was due next when the log was copied, `begun` when the epoch was begun, in microseconds.
package struct LogEpoch: Sendable, Equatable {
    /// The first sequence of the epoch.
    package let first: UInt64
    /// The sequence that was due next in the epoch before.
    package let after: UInt64

    /// Sequences that no record has, and none will.
    package var unused: Range<UInt64> { min(after, first)..<first }

    /// The epoch that a segment begins; nil if it goes on with the one before, or the file tells nothing: then a reader
    /// tells its sequences as missing.
    static func begun(by segment: UInt64, in directory: String, disk: any Disk) throws(IOError) -> LogEpoch? {
        guard let numbers = try NumberFile.read(path(segment, in: directory), ["after"], disk: disk),
            (1...segment).contains(numbers[0])
        else { return nil }
        return LogEpoch(first: segment, after: numbers[0])
    }

    /// All epochs that segments of a log begin, ascending.
    package static func all(in directory: String, disk: any Disk) throws(IOError) -> [LogEpoch] {
        let names: [String]
        do { names = try disk.names(in: directory) } catch let error where error.isNotFound { return [] }
        var epochs: [LogEpoch] = []
        for name in names where name.hasSuffix(suffix) {
            let segment = String(name.dropLast(suffix.count)) + SegmentName.suffix
            // Without its segment it is what a crash left of one that was not begun.
            guard let first = SegmentName.first(in: segment),
                names.contains(segment) || names.contains(segment + CompressedSegment.suffix)
            else { continue }
            if let epoch = try begun(by: first, in: directory, disk: disk) { epochs.append(epoch) }
        }
        return epochs.sorted { $0.first < $1.first }
    }

    /// How many of these sequences may be some record's: those that no epoch left out.
    static func usedCount(of range: Range<UInt64>, in directory: String, disk: any Disk) throws(IOError) -> UInt64 {
        try all(in: directory, disk: disk).reduce(UInt64(range.count)) {
            $0 - UInt64($1.unused.clamped(to: range).count)
        }
    }

    /// Says durably that the segment to be made begins an epoch.
    static func begin(first: UInt64, after: UInt64, nowMicroseconds: Int64, in directory: String, disk: any Disk)
        throws(IOError)
    {
        let begun = UInt64(clamping: nowMicroseconds)
        try NumberFile.write(path(first, in: directory), ["after": after, "begun": begun], disk: disk)
    }

    private static let suffix = ".epoch"

    private static func path(_ segment: UInt64, in directory: String) -> String {
        directory + "/" + SegmentName.name(first: segment).dropLast(SegmentName.suffix.count) + suffix
    }

    /// The machine's clock, in microseconds since 1970.
    package static let systemClock: @Sendable () -> Int64 = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

/// The file `copied.json` in a log's directory, which says that the log is a copy, and that whoever writes it first begins a
/// new epoch.
///
/// ```json
/// {"copied":1764035000000000}
/// ```
/// `copied` is when, in microseconds since 1970.
struct CopyMark {
    static let name = "copied.json"

    let copiedMicroseconds: UInt64

    /// Nil if the log is no copy. A mark that tells nothing marks a copy all the same.
    init?(in directory: String, disk: any Disk) throws(IOError) {
        let path = directory + "/" + Self.name
        if let numbers = try NumberFile.read(path, ["copied"], disk: disk) {
            copiedMicroseconds = numbers[0]
            return
        }
        do { _ = try disk.openFileForReading(path) } catch let error where error.isNotFound { return nil }
        copiedMicroseconds = 0
    }

    static func write(in directory: String, nowMicroseconds: Int64, disk: any Disk) throws(IOError) {
        try NumberFile.write(directory + "/" + name, ["copied": UInt64(clamping: nowMicroseconds)], disk: disk)
        try disk.synchronizeDirectory(directory)
    }

    /// Where the new epoch begins: now, and behind all that the copy and its maker can have given.
    func firstSequence(after next: UInt64, nowMicroseconds: Int64) -> UInt64 {
        max(UInt64(clamping: nowMicroseconds), copiedMicroseconds + 1, next + 1)
    }

    static func remove(in directory: String, disk: any Disk) throws(IOError) {
        do { try disk.remove(directory + "/" + name) } catch let error where error.isNotFound { return }
        try disk.synchronizeDirectory(directory)
    }
}
