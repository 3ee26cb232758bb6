import DurableIO
import Foundation
import Testing

@testable import Spool

/// Rule 7: a segment is deleted only when every registered cursor has passed it and it is older than the retention; the
/// cursor is durable before the unlink.
struct LogRetentionTests {
    private let directory: TemporaryDirectory
    private let cursors: CursorStore
    private let retention: LogRetention

    /// When the newest segment was last written.
    private static let end: Int64 = 1_700_000_000
    private static let day: Int64 = 86_400
    private static let keepsAll = RetentionPolicy(ageSecondsLimit: nil, bytesLimit: nil)
    private static let keepsNothing = RetentionPolicy(ageSecondsLimit: nil, bytesLimit: 0)

    init() throws {
        directory = try TemporaryDirectory()
        cursors = CursorStore(layout: directory.layout, disk: LinuxDisk())
        retention = .events(of: directory.layout, disk: LinuxDisk())
    }

    /// Segments of two records each, the last one written at `end` and each one a day before the next.
    private func fill(_ segments: Int) throws {
        let log = try LogAppender(directory, segmentBytes: 1)
        for number in 0..<segments { try log.append("\(2 * number)", "\(2 * number + 1)") }
        for (index, name) in try directory.names("events").enumerated() {
            let time = Self.end - Self.day * Int64(segments - 1 - index)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: TimeInterval(time))],
                ofItemAtPath: directory.events + "/" + name)
        }
    }

    private func register(_ name: String, log: String = "events", next: UInt64) throws {
        try cursors.register(ConsumerCursor(consumer: ConsumerName(name), log: log, next: next))
    }

    private func apply(_ policy: RetentionPolicy, force: Bool = false) throws -> LogTrim {
        try retention.apply(policy, nowSeconds: Self.end, force: force)
    }

    /// With the commit file beside it.
    private func bytesOfSegment(_ first: UInt64) throws -> Int {
        try directory.bytes("events/" + SegmentName.name(first: first)).count
            + directory.bytes("events/" + SegmentName.commitsName(first: first)).count
    }

    private var firsts: [UInt64] {
        get throws { try directory.names("events").compactMap { SegmentName.first(in: $0) } }
    }

    @Test func `segments that were last written longer ago than the age go, oldest first, and what went is told`()
        throws
    {
        try fill(6)
        let bytes = UInt64(try bytesOfSegment(1))
        // The third one is exactly two days older than the last but one, and three days old.
        let trim = try apply(RetentionPolicy(ageSecondsLimit: 3 * Self.day, bytesLimit: nil))
        #expect(trim.removed.segments == 2)
        #expect(trim.removed.bytes == 2 * bytes)
        #expect(trim.removed.sequences == 1..<5)
        #expect(trim.firstSequence == 5)
        #expect(trim.held.segments == 0 && trim.holders.isEmpty && trim.failure == nil)
        #expect(try firsts == [5, 7, 9, 11])
        #expect(trim.nextDueSeconds == Self.end + 1)
        #expect(try readAll(directory, from: 5).count == 8)
        // Nothing more until then.
        #expect(try apply(RetentionPolicy(ageSecondsLimit: 3 * Self.day, bytesLimit: nil)).removed.segments == 0)
    }

    @Test func `beyond the total size the oldest segments go, and what lies beside a segment counts and goes with it`()
        throws
    {
        try fill(5)
        let bytes = try bytesOfSegment(1)
        try directory.write("events/00000000000000000001.ndjson.zst", [0])
        try directory.write("events/notes.txt", [0])
        let total = UInt64(5 * bytes + 1)
        #expect(try apply(RetentionPolicy(ageSecondsLimit: nil, bytesLimit: total)).removed.segments == 0)
        let trim = try apply(RetentionPolicy(ageSecondsLimit: nil, bytesLimit: total - 1))
        #expect(trim.removed.segments == 1 && trim.removed.bytes == UInt64(bytes + 1))
        #expect(trim.nextDueSeconds == nil)
        #expect(
            try directory.names("events") == [
                "00000000000000000003.ndjson", "00000000000000000005.ndjson", "00000000000000000007.ndjson",
                "00000000000000000009.ndjson", "notes.txt",
            ])
        let all = try LinuxDisk().names(in: directory.events)
        #expect(!all.contains { $0.hasPrefix("00000000000000000001.") })
    }

    @Test func `a policy without limits keeps all, and a log without segments is nothing to trim`() throws {
        #expect(try apply(Self.keepsNothing) == LogTrim())
        try fill(4)
        let trim = try apply(Self.keepsAll)
        #expect(trim.removed.segments == 0 && trim.firstSequence == 1 && trim.nextDueSeconds == nil)
        // Nor does an age that no clock reaches.
        #expect(try apply(RetentionPolicy(ageSecondsLimit: .max, bytesLimit: nil)).removed.segments == 0)
    }

    @Test(arguments: [1, 2, 3])
    func `the last two segments stay, whatever the policy and the force`(segments: Int) throws {
        try fill(segments)
        _ = try apply(Self.keepsNothing, force: true)
        #expect(try firsts.count == min(segments, 2))
    }

    @Test func `rule 7: no segment goes that a registered consumer has not fully passed`() throws {
        try fill(6)
        try register("done", next: 13)
        try register("slow", next: 6)
        try register("elsewhere", log: "executions/bridge", next: 1)
        var trim = try apply(Self.keepsNothing)
        #expect(trim.removed.sequences == 1..<5)
        #expect(trim.held.segments == 2 && trim.held.sequences == 5..<9)
        #expect(trim.holders == ["slow"])
        #expect(try firsts == [5, 7, 9, 11])

        try cursors.advance(ConsumerName("slow"), to: 7)
        trim = try apply(Self.keepsNothing)
        #expect(trim.removed.sequences == 5..<7)
        try cursors.remove(ConsumerName("slow"))
        trim = try apply(Self.keepsNothing)
        #expect(trim.removed.sequences == 7..<9 && trim.holders.isEmpty && trim.held.segments == 0)
        #expect(try firsts == [9, 11])
    }

    @Test func `rule 7: a consumer whose cursor tells nothing has passed nothing`() throws {
        try fill(4)
        try register("done", next: 9)
        try directory.write("cursors/torn.json", Array("{\"log\":\"eve".utf8))
        let trim = try apply(Self.keepsNothing)
        #expect(trim.removed.segments == 0 && trim.held.segments == 2)
        #expect(trim.holders == [directory.path + "/cursors/torn.json"])
        #expect(try firsts == [1, 3, 5, 7])
    }

    @Test func `rule 7: cursors that cannot be listed trim nothing`() throws {
        try fill(4)
        // A file where their directory should be.
        try directory.write("cursors", [])
        #expect(throws: CursorError.self) { try apply(Self.keepsNothing) }
        #expect(try firsts == [1, 3, 5, 7])
    }

    @Test func `forced, unread segments go too, their consumers are named, and a reader is told what it lost`() throws {
        try fill(6)
        try register("slow", next: 4)
        try directory.write("cursors/torn.json", [])
        let trim = try apply(Self.keepsNothing, force: true)
        #expect(trim.removed.sequences == 1..<9 && trim.held.segments == 0)
        #expect(trim.holders == ["slow", directory.path + "/cursors/torn.json"])
        let slow = try cursors.cursor(of: ConsumerName("slow"))
        #expect(slow.next == 4)
        #expect(
            try readAll(directory, from: slow.next) == ["missing 4..<9", "9:8", "10:9", "11:10", "12:11"])
    }

    @Test func `rule 7: what was seen of the cursors is durable before a segment goes, and the removal after it`()
        throws
    {
        try fill(4)
        try register("done", next: 9)
        let disk = RecordingDisk()
        let retention = LogRetention.events(of: directory.layout, disk: disk)
        _ = try retention.apply(Self.keepsNothing, nowSeconds: Self.end)
        #expect(
            disk.takenCalls == [
                "fsync cursors", "unlink 00000000000000000001.ndjson", "unlink 00000000000000000001.commits",
                "unlink 00000000000000000003.ndjson", "unlink 00000000000000000003.commits", "fsync events",
            ])
        // Nothing to do costs no synchronization.
        _ = try retention.apply(Self.keepsNothing, nowSeconds: Self.end)
        #expect(disk.takenCalls.isEmpty)
    }

    @Test func `rule 7: nothing goes while the cursors cannot be made durable`() throws {
        try fill(4)
        let disk = RecordingDisk()
        disk.refused.withLock { $0 = ["fsync cursors"] }
        let retention = LogRetention.events(of: directory.layout, disk: disk)
        #expect(throws: CursorError.self) { try retention.apply(Self.keepsNothing, nowSeconds: Self.end) }
        #expect(try firsts == [1, 3, 5, 7])
    }

    @Test func `a removal that fails leaves no hole, and what went before it is counted`() throws {
        try fill(6)
        let disk = RecordingDisk()
        disk.refused.withLock { $0 = ["unlink 00000000000000000003.ndjson"] }
        let trim = try LogRetention.events(of: directory.layout, disk: disk)
            .apply(Self.keepsNothing, nowSeconds: Self.end)
        #expect(trim.removed.sequences == 1..<3 && trim.removed.segments == 1 && trim.firstSequence == 3)
        #expect(trim.failure?.path.hasSuffix("00000000000000000003.ndjson") == true)
        #expect(disk.takenCalls.last == "fsync events")
        #expect(try firsts == [3, 5, 7, 9, 11])
    }

    @Test func `no consumer is registered or set back between the decision and the removal`() throws {
        try fill(4)
        try register("done", next: 9)
        let impatient = LogRetention(
            log: "events", directory: directory.events,
            cursors: CursorStore(layout: directory.layout, disk: LinuxDisk(), lockAttemptsLimit: 1), disk: LinuxDisk())
        try cursors.withLock { () throws(CursorError) in
            _ = #expect(throws: CursorError.busy(path: directory.path + "/cursors")) {
                try impatient.apply(Self.keepsNothing, nowSeconds: Self.end)
            }
        }
        #expect(try firsts == [1, 3, 5, 7])
        // To look at the plan takes no lock.
        try cursors.withLock { () throws(CursorError) in
            let plan = try retention.plan(Self.keepsNothing, nowSeconds: Self.end)
            #expect(plan.removed.sequences == 1..<5 && plan.firstSequence == 5)
        }
        #expect(try firsts == [1, 3, 5, 7])
    }

    @Test func `sequences are not given again after a trim, even where the writer gave up its new segment`() throws {
        let disk = RecordingDisk()
        let sixth = SegmentName.name(first: 6)
        do {
            let log = try LogAppender(directory, segmentBytes: 1, disk: disk)
            for number in 1...5 { try log.append("\(number)") }
            // The trim meets the new segment, in which nothing is committed yet and nothing will be.
            disk.refused.withLock { $0 = ["fdatasync " + sixth] }
            let (retention, events) = (retention, directory.events)
            disk.meanwhile.withLock {
                $0["fdatasync " + sixth] = {
                    #expect(throws: Never.self) {
                        let trim = try retention.apply(Self.keepsNothing, nowSeconds: Self.end, force: true)
                        #expect(trim.removed.sequences == 1..<5)
                        #expect(try LinuxDisk().names(in: events).contains(sixth))
                    }
                }
            }
            #expect(throws: SpoolError.self) { try log.append("6") }
            #expect(try firsts == [5, 6])
        }
        let log = try LogAppender(directory, segmentBytes: 1)
        #expect(try log.append("7") == 6)
    }

    @Test func `a log is trimmed beside its writer, which goes on, and a restart finds the next sequence`() throws {
        do {
            let log = try LogAppender(directory, segmentBytes: 1)
            for number in 1...200 as ClosedRange<UInt64> {
                #expect(try log.append("\(number)") == number)
                if number % 7 == 0 { _ = try apply(Self.keepsNothing) }
            }
        }
        _ = try apply(Self.keepsNothing)
        #expect(try firsts == [199, 200])
        #expect(try LogAppender(directory).append("201") == 201)
    }

    /// Rule 9: readers order by sequence.
    @Test func `rule 9: a reader goes on over a trim, with what it has open and then with what there is`() throws {
        try fill(6)
        let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: 1)
        guard case .record(1, _) = try reader.next() else { throw Unexpected() }
        _ = try apply(Self.keepsNothing, force: true)
        guard case .record(2, _) = try reader.next() else { throw Unexpected() }
        guard case .missing(let lost) = try reader.next() else { throw Unexpected() }
        #expect(lost == 3..<9)
        guard case .record(9, _) = try reader.next() else { throw Unexpected() }
        #expect(try LogStatistics.firstSequence(in: directory.events, disk: LinuxDisk()) == 9)
    }

    private struct Unexpected: Error {}

    @Test func `the lag of a consumer is what it has to read, and what it can read no more`() throws {
        try fill(4)
        let bytes = UInt64(try directory.bytes("events/" + SegmentName.name(first: 1)).count)
        func lag(from next: UInt64) throws -> LogLag {
            try LogLag(directory: directory.events, from: next, logEnd: 9, disk: LinuxDisk())
        }
        let first = try lag(from: 1)
        #expect(first.events == 8 && first.bytes == 4 * bytes && first.trimmed == 0)
        #expect(
            String(decoding: first.firstLine ?? [], as: UTF8.self).hasPrefix("{\"sequence\":\"00000000000000000001"))
        #expect(first.firstLine?.last == UInt8(ascii: "}"))
        #expect(try lag(from: 4).bytes == 2 * bytes + bytes / 2)
        #expect(try lag(from: 9) == lag(from: 50))
        #expect(try lag(from: 9).firstLine == nil && lag(from: 9).events == 0 && lag(from: 9).bytes == 0)
        _ = try apply(Self.keepsNothing)
        let late = try lag(from: 2)
        #expect(late.events == 7 && late.trimmed == 3 && late.bytes == 2 * bytes)
        // The rest of its segment is damaged: the oldest record to read is in the next one.
        var damaged = try directory.bytes("events/" + SegmentName.name(first: 5))
        damaged[damaged.count - 30] ^= 1
        try directory.write("events/" + SegmentName.name(first: 5), damaged)
        let behind = try lag(from: 6)
        #expect(behind.bytes == bytes)
        #expect(String(decoding: behind.firstLine ?? [], as: UTF8.self).contains("00000000000000000007"))
    }
}
