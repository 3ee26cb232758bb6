import DurableIO
import Glibc

/// Follows a log that others write: gives what a reader finds, and sleeps while there is nothing.
///
/// While nothing is written it costs nothing: the kernel tells when something in the log's directory changes (inotify(7)),
/// and only as a precaution against a hint that was missed it looks by itself, twice a minute. Where the kernel has no
/// watches to give it looks once a second. Not for two threads at once.
package final class LogFollower {
    /// What has been read so far; ask it for the bytes of a record.
    package let reader: LogReader
    private let directory: String
    private let watch: DirectoryWatch?
    private var isWatching = false

    private static let lookMilliseconds: Int32 = 30_000
    private static let unwatchedLookMilliseconds: Int32 = 1000

    package init(directory: String, disk: any Disk, from sequence: UInt64) {
        self.directory = directory
        reader = LogReader(directory: directory, disk: disk, from: sequence)
        watch = try? DirectoryWatch()
        // Before the first look: what comes after it is hinted at.
        startWatching()
    }

    /// Becomes readable when the log may have grown, for a caller that waits for other things too; call ``drain()`` then.
    /// Nil where there is nothing to wait on.
    package var descriptor: Int32? {
        startWatching()
        return isWatching ? watch?.descriptor : nil
    }

    package func drain() { watch?.drain() }

    /// Gives the next record or finding; ``LogReader/Step/end`` where there is none now.
    ///
    /// - Throws: ``SpoolError/disk(_:)``; it may be asked again.
    package func next() throws(SpoolError) -> LogReader.Step { try reader.next() }

    /// Sleeps until the log may have grown, at most so long.
    package func wait(milliseconds: Int32 = .max) {
        startWatching()
        let limit = min(milliseconds, isWatching ? Self.lookMilliseconds : Self.unwatchedLookMilliseconds)
        if let watch, isWatching { watch.wait(milliseconds: limit) } else { _ = poll(nil, 0, limit) }
    }

    /// The log's directory may not be there yet.
    private func startWatching() {
        guard !isWatching, let watch else { return }
        isWatching = (try? watch.add(directory)) != nil
    }
}
