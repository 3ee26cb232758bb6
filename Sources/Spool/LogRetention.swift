import DurableIO

/// Trims a log from its beginning, by whole segments that nobody writes or needs any more.
///
/// A segment is judged by the time its file was last written: a line is opaque here and may be damaged, a file always has
/// that time, and what changes it by accident (a copy that does not carry times over) keeps events longer, never shorter.
///
/// The last two segments always stay. The last one is being written; and as long as nothing is committed in it, its
/// writer may give it up and remove it. Then the name of the one before is all that tells a restart which sequences were
/// given: if it were gone too, they would be given again.
///
/// It runs beside the log's writer, which touches none of the segments that may go, and beside readers: a file that is
/// open can be read to its end, and who comes later finds the log beginning with a later sequence.
package struct LogRetention: Sendable {
    package let log: String
    package let directory: String
    private let cursors: CursorStore
    private let disk: any Disk

    static let keptSegments = 2

    package static func events(of layout: SpoolLayout, disk: any Disk) -> LogRetention {
        LogRetention(
            log: "events", directory: layout.events, cursors: CursorStore(layout: layout, disk: disk), disk: disk)
    }

    /// The reports of one writing process.
    package static func executions(writer: String, of layout: SpoolLayout, disk: any Disk) -> LogRetention {
        LogRetention(
            log: "executions/" + writer, directory: layout.executions(writer: writer),
            cursors: CursorStore(layout: layout, disk: disk), disk: disk)
    }

    init(log: String, directory: String, cursors: CursorStore, disk: any Disk) {
        self.log = log
        self.directory = directory
        self.cursors = cursors
        self.disk = disk
    }

    /// Tells what ``apply(_:nowSeconds:force:)`` would do now, and changes nothing.
    package func plan(
        _ policy: RetentionPolicy, nowSeconds: Int64, force: Bool = false
    ) throws(CursorError) -> LogTrim {
        try decide(policy, nowSeconds: nowSeconds, force: force).trim
    }

    /// Removes what the policy lets go and every registered consumer of the log has passed.
    ///
    /// While it works no consumer can be registered or set back, and what it has seen of the cursors is durable before
    /// the first segment goes.
    ///
    /// - Parameter force: removes what consumers have not passed too. Their cursors stay: a consumer's reader tells it
    ///   which sequences are missing.
    /// - Throws: ``CursorError``; nothing is removed. Later failures are the result's ``LogTrim/failure``.
    package func apply(
        _ policy: RetentionPolicy, nowSeconds: Int64, force: Bool = false
    ) throws(CursorError) -> LogTrim {
        try cursors.withLock { () throws(CursorError) in
            let (segments, planned) = try decide(policy, nowSeconds: nowSeconds, force: force)
            guard planned.removed.segments > 0 else { return planned }
            try cursors.synchronize()
            return remove(segments.prefix(planned.removed.segments), planned)
        }
    }

    private func decide(
        _ policy: RetentionPolicy, nowSeconds: Int64, force: Bool
    ) throws(CursorError) -> (segments: [StoredSegment], trim: LogTrim) {
        let segments: [StoredSegment]
        do { segments = try StoredSegment.all(in: directory, disk: disk) } catch { throw .disk(error) }
        let passed = try ConsumerProgress(cursors.all(), log: log)
        var trim = LogTrim()
        var bytesLeft = segments.reduce(0) { $0 + $1.bytes }
        for segment in segments.dropLast(Self.keptSegments) {
            let dueSeconds = policy.ageSecondsLimit.map { segment.modificationSeconds.addingReportingOverflow($0) }
            let isOld = dueSeconds.map { !$0.overflow && $0.partialValue < nowSeconds } ?? false
            let isBehind = segment.modificationSeconds < policy.writtenBeforeSeconds ?? .min
            guard isOld || isBehind || bytesLeft > policy.bytesLimit ?? .max else {
                if let dueSeconds, !dueSeconds.overflow { trim.nextDueSeconds = dueSeconds.partialValue + 1 }
                break
            }
            bytesLeft -= segment.bytes
            // A log has no holes: behind one that is held nothing goes.
            if (passed.hasPassed(segment) || force) && trim.held.segments == 0 {
                trim.removed.add(segment)
            } else {
                trim.held.add(segment)
            }
        }
        let end = trim.held.sequences ?? trim.removed.sequences
        trim.holders = end.map { passed.holders(before: $0.upperBound) } ?? []
        trim.firstSequence = segments.dropFirst(trim.removed.segments).first?.first
        return (segments, trim)
    }

    /// Removes segments, the oldest first, so that the log has no hole whatever happens.
    private func remove(_ segments: ArraySlice<StoredSegment>, _ planned: LogTrim) -> LogTrim {
        var trim = planned
        trim.removed = LogTrim.Run()
        trim.firstSequence = segments.first?.first
        do throws(IOError) {
            for segment in segments {
                if try remove(segment.file) { trim.removed.add(segment) }
                trim.firstSequence = segment.end
                // After it: alone they do no harm, and the segment without them might.
                for file in segment.companions { _ = try remove(file) }
            }
        } catch {
            trim.failure = error
        }
        do { try disk.synchronizeDirectory(directory) } catch { trim.failure = trim.failure ?? error }
        return trim
    }

    /// False if somebody was quicker.
    private func remove(_ file: String) throws(IOError) -> Bool {
        do {
            try disk.remove(directory + "/" + file)
            return true
        } catch let error where error.isNotFound {
            return false
        }
    }
}

/// How far everybody has come who reads a log.
private struct ConsumerProgress {
    /// By name; a file that tells nothing has passed nothing, of whatever log.
    private var next: [(holder: String, next: UInt64)]

    init(_ all: (cursors: [ConsumerCursor], broken: [CursorError]), log: String) {
        next = all.cursors.filter { $0.log == log }.map { ($0.consumer.text, $0.next) }
        for error in all.broken {
            guard case .broken(let path, _) = error else { continue }
            next.append((path, 0))
        }
    }

    func hasPassed(_ segment: StoredSegment) -> Bool { next.allSatisfy { $0.next >= segment.end } }

    func holders(before end: UInt64) -> [String] { next.filter { $0.next < end }.map(\.holder) }
}
