import DurableIO
import Testing

@testable import Spool

/// How the logs of execution reports are trimmed behind the event log.
struct SpoolRetentionTests {
    private let directory: TemporaryDirectory
    private let retention: SpoolRetention

    private static let day: Int64 = 86_400
    private static let now: Int64 = 1_700_000_000
    /// Events of more than ten days ago go.
    private static let tenDays = RetentionPolicy(ageSecondsLimit: 10 * day, bytesLimit: nil)

    init() throws {
        directory = try TemporaryDirectory()
        retention = SpoolRetention(of: directory.layout, disk: LinuxDisk())
        try LinuxDisk().makeDirectory(directory.layout.executions)
    }

    /// One record in each segment, last written so many days ago.
    private func fill(_ log: String, writtenDaysAgo days: [Int64]) throws {
        let path = directory.path + "/" + log
        let appender = try LogAppender(
            directory: path, quarantine: directory.quarantine, options: LogOptions(segmentBytes: 1, reserveBytes: 0),
            disk: LinuxDisk())
        for (index, days) in days.enumerated() {
            try appender.append("\(index)")
            let segment = try LinuxDisk().openFile(path + "/" + SegmentName.name(first: UInt64(index + 1)))
            try segment.setModificationSeconds(Self.now - days * Self.day)
        }
    }

    private func firsts(_ log: String) throws -> [UInt64] {
        try directory.names(log).compactMap { SegmentName.first(in: $0) }
    }

    @Test func `reports go once the events that they can be of are gone, and not before`() throws {
        try fill("events", writtenDaysAgo: [30, 20, 12, 5, 0])
        // What was reported 15 days ago may be of the events of 12 to 20 days ago, which go; 12 days ago also of those
        // of 5 to 12 days ago, which stay.
        try fill("executions/runner", writtenDaysAgo: [25, 15, 12, 11, 3, 0])
        let looks = retention.apply(Self.tenDays, nowSeconds: Self.now)
        #expect(looks.map(\.log) == ["events", "executions/runner"])
        #expect(try looks[0].trim.get().removed.sequences == 1..<4)
        #expect(try looks[1].trim.get().removed.sequences == 1..<3)
        #expect(try firsts("events") == [4, 5])
        #expect(try firsts("executions/runner") == [3, 4, 5, 6])
    }

    @Test func `reports stay, however old, while no event goes`() throws {
        try fill("events", writtenDaysAgo: [30, 20])
        try fill("executions/runner", writtenDaysAgo: [30, 29, 28, 27])
        #expect(retention.apply(Self.tenDays, nowSeconds: Self.now).map(\.log) == ["events"])
        #expect(try firsts("executions/runner") == [1, 2, 3, 4])
    }

    @Test func `what reporters' logs lose is planned as it is done, and a consumer of one holds it back`() throws {
        try fill("events", writtenDaysAgo: [30, 20, 12, 5, 0])
        for writer in ["bridge", "runner"] { try fill("executions/" + writer, writtenDaysAgo: [25, 24, 3, 0]) }
        let cursors = CursorStore(layout: directory.layout, disk: LinuxDisk())
        try cursors.register(ConsumerCursor(consumer: ConsumerName("audit"), log: "executions/runner", next: 2))
        let plan = try retention.plan(Self.tenDays, nowSeconds: Self.now).map { try $0.trim.get() }
        #expect(try firsts("executions/bridge").count == 4)
        let done = try retention.apply(Self.tenDays, nowSeconds: Self.now).map { try $0.trim.get() }
        #expect(done.map(\.removed) == plan.map(\.removed))
        #expect(try firsts("executions/bridge") == [3, 4])
        #expect(try firsts("executions/runner") == [2, 3, 4])
        #expect(done[2].holders == ["audit"])
    }
}
