import DurableIO
import Testing
import Threading

@testable import Spool

struct SpoolTrimmerTests {
    private let directory: TemporaryDirectory
    private let looks = Monitor<[Result<LogTrim, CursorError>]>([])
    /// Seconds since 1970.
    private let clock = Monitor<Int64>(0)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func trimmer(_ policy: RetentionPolicy) -> SpoolTrimmer {
        let (looks, clock) = (looks, clock)
        return SpoolTrimmer(
            retention: SpoolRetention(of: directory.layout, disk: LinuxDisk()), policy: policy,
            nowSeconds: { clock.withLock { $0 } }
        ) { event in
            guard case .looked(let look) = event else { return }
            looks.update {
                $0.append(look.trim)
                return .all
            }
        }
    }

    /// What the look of that number, from 1, came to; waits for it.
    private func look(_ number: Int) throws -> LogTrim {
        try looks.wait { $0.count >= number ? $0[number - 1] : nil }.get()
    }

    @Test func `it looks at the start and whenever a segment is begun, and sleeps through other commits`() throws {
        let log = try LogAppender(directory, segmentBytes: 100)
        let trimmer = trimmer(RetentionPolicy(ageSecondsLimit: nil, bytesLimit: 0))
        try trimmer.start()
        defer { trimmer.stop() }
        #expect(try look(1) == LogTrim())

        for number in 1...3 {
            try log.append("\(number)", "\(number)")
            trimmer.noteCommit(log.position)
            #expect(try look(number + 1).removed.segments == (number == 3 ? 1 : 0))
        }
        // The same segment again and again.
        for _ in 0..<100 { trimmer.noteCommit(log.position) }
        try log.append("4", "4")
        trimmer.noteCommit(log.position)
        #expect(try look(5).removed.sequences == 3..<5)
        trimmer.stop()
        #expect(looks.withLock { $0.count } == 5)
    }

    @Test func `it looks again when the oldest segment's time is up, though nothing is written`() throws {
        let log = try LogAppender(directory, segmentBytes: 1)
        for number in 1...3 { try log.append("\(number)") }
        let written = try LinuxDisk().openFileForReading(directory.events + "/" + SegmentName.name(first: 1))
            .modificationSeconds()
        clock.withLock { $0 = written + 60 }
        let trimmer = trimmer(RetentionPolicy(ageSecondsLimit: 60, bytesLimit: nil))
        try trimmer.start()
        defer { trimmer.stop() }
        let first = try look(1)
        #expect(first.removed.segments == 0 && first.nextDueSeconds == written + 61)
        clock.withLock { $0 = written + 61 }
        #expect(try look(2).removed.segments == 1)
    }

    @Test func `a look that fails is told, and the next one is made all the same`() throws {
        let log = try LogAppender(directory, segmentBytes: 1)
        for number in 1...3 { try log.append("\(number)") }
        try directory.write("cursors", [])
        let trimmer = trimmer(RetentionPolicy(ageSecondsLimit: nil, bytesLimit: 0))
        try trimmer.start()
        defer { trimmer.stop() }
        #expect(throws: CursorError.self) { try look(1) }
        try LinuxDisk().remove(directory.path + "/cursors")
        trimmer.noteCommit(log.position)
        #expect(try look(2).removed.segments == 1)
    }
}
