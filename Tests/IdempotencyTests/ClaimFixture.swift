import DurableIO
import Events
import Foundation
import Idempotency
import JSONText
import Spool
import Testing
import Threading

/// An event log and the store of its keys, in a directory that is gone afterwards.
final class ClaimFixture {
    static let startSeconds: Int64 = 1_764_000_000
    static let windowSeconds: Int64 = 1000

    let root: String
    private(set) var log: LogAppender
    private(set) var store: ClaimStore
    private(set) var notices: NoticeList
    var nowSeconds = startSeconds
    let keysPerRun: Int
    let keysLimit: Int
    let unfiledSequencesLimit: UInt64

    init(
        root: String? = nil, keysPerRun: Int = 16, keysLimit: Int = 1_000_000, unfiledSequencesLimit: UInt64 = 50,
        nowSeconds: Int64 = startSeconds
    ) throws {
        self.root = root ?? NSTemporaryDirectory() + "/fx-claims-\(UUID().uuidString)"
        self.keysPerRun = keysPerRun
        self.keysLimit = keysLimit
        self.unfiledSequencesLimit = unfiledSequencesLimit
        self.nowSeconds = nowSeconds
        try FileManager.default.createDirectory(atPath: self.root, withIntermediateDirectories: true)
        log = try Self.openLog(self.root)
        notices = NoticeList()
        store = Self.makeStore(
            self.root, notices, keysPerRun: keysPerRun, keysLimit: keysLimit, unfiled: unfiledSequencesLimit)
        try start()
    }

    deinit {
        store.stop()
        try? FileManager.default.removeItem(atPath: root)
    }

    var claims: String { root + "/claims" }

    private static func openLog(_ root: String) throws -> LogAppender {
        try LogAppender(
            directory: root + "/events", quarantine: root + "/quarantine",
            options: LogOptions(segmentBytes: 16 << 10, reserveBytes: 0), disk: LinuxDisk())
    }

    private static func makeStore(
        _ root: String, _ notices: NoticeList, keysPerRun: Int, keysLimit: Int, unfiled: UInt64
    ) -> ClaimStore {
        var options = ClaimOptions(
            directory: root + "/claims", log: root + "/events", disk: LinuxDisk(), windowSeconds: windowSeconds,
            keysLimit: keysLimit, indexedBefore: { 0 }, notice: { notices.add($0) })
        options.keysPerRun = keysPerRun
        options.unfiledSequencesLimit = unfiled
        return ClaimStore(options)
    }

    private func start() throws {
        try store.start(at: log.position, nowSeconds: nowSeconds)
        try notices.waitForReady()
    }

    /// Stops the store as the responder does, changes what `body` says, and starts another one.
    func restart(_ body: () throws -> Void = {}) throws {
        store.stop()
        try body()
        notices = NoticeList()
        store = Self.makeStore(
            root, notices, keysPerRun: keysPerRun, keysLimit: keysLimit, unfiled: unfiledSequencesLimit)
        try start()
    }

    /// What a crash leaves at this moment, started elsewhere.
    func crashed() throws -> ClaimFixture {
        let copy = NSTemporaryDirectory() + "/fx-claims-\(UUID().uuidString)"
        // The keeper renames files meanwhile. A crash leaves a directory of one moment, which a copy is where nothing has
        // come or gone.
        while true {
            let names = try LinuxDisk().names(in: claims).sorted()
            let isCopied = (try? FileManager.default.copyItem(atPath: root, toPath: copy)) != nil
            if isCopied, try LinuxDisk().names(in: claims).sorted() == names { break }
            try? FileManager.default.removeItem(atPath: copy)
        }
        return try ClaimFixture(
            root: copy, keysPerRun: keysPerRun, keysLimit: keysLimit, unfiledSequencesLimit: unfiledSequencesLimit,
            nowSeconds: nowSeconds)
    }

    // MARK: Events

    func stamp(_ key: Int, body: Int = 0) -> ClaimStamp {
        ClaimStamp(
            key: ClaimKey(tenant: "acme", credentialID: "tok_1", subject: .header("key-\(key)")),
            bodyDigest: [UInt8](repeating: UInt8(truncatingIfNeeded: body), count: 32))
    }

    func claim(_ stamp: ClaimStamp, follower: RecordingFollower = RecordingFollower()) throws -> ClaimOutcome {
        try store.claim(stamp, nowSeconds: nowSeconds, follower: follower)
    }

    /// Writes an event; its sequence.
    @discardableResult
    func commit(_ stamp: ClaimStamp?) throws -> UInt64 {
        var group = CommitGroup()
        let time = Timestamp(microseconds: nowSeconds * 1_000_000)
        let cid = try CorrelationID("cid-\(log.position.nextSequence)")
        var event = EventLine(
            id: "id", source: EventSource("/s"), type: "t", recordedTime: time, cid: cid, tenant: "acme",
            authID: "tok_1")
        event.claim = stamp?.text
        let data = Array("1".utf8)
        let line = event.spoolLine(data: .json(try JSONScanner.validate(data, depthLimit: 1)), of: data)
        group.add(line.bytes, sequenceOffset: line.sequenceOffset)
        let sequence = try log.append(&group)
        if let stamp {
            store.settle(
                stamp, sequence: sequence, recordedSeconds: nowSeconds,
                answer: ClaimAnswer(cid: cid.text, type: "t"))
        }
        store.noteCommit(before: sequence + 1)
        return sequence
    }

    /// Claims and commits, as a request does; its sequence.
    @discardableResult
    func accept(_ stamp: ClaimStamp, sourceLocation: SourceLocation = #_sourceLocation) throws -> UInt64 {
        // The keeper may be busy with what was accepted so fast.
        var outcome = ClaimOutcome.notReady
        while outcome == .notReady { outcome = try claim(stamp) }
        try #require(outcome == .granted, sourceLocation: sourceLocation)
        return try commit(stamp)
    }

    /// The event that answers for a key; nil if none does. Leaves the key as it was.
    func answering(_ stamp: ClaimStamp) throws -> UInt64? {
        switch try claim(stamp) {
        case .settled(let sequence, _): return sequence
        case .granted:
            store.release(stamp, because: .stopped)
            return nil
        case let other:
            Issue.record("\(other)")
            return nil
        }
    }

    /// Waits until the files are as wanted; what makes them so is due by numbers, not by time.
    func waitForFiles(_ condition: ([String]) -> Bool) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while true {
            let names = try FileManager.default.contentsOfDirectory(atPath: claims).filter { $0.hasSuffix(".claims") }
            if condition(names) { return }
            try #require(ContinuousClock.now < deadline, "the keys are not filed: \(names)")
            sched_yield()
        }
    }
}

final class NoticeList: Sendable {
    private let notices = Monitor<[ClaimNotice]>([])

    var all: [ClaimNotice] { notices.withLock { $0 } }

    func add(_ notice: ClaimNotice) {
        notices.update {
            $0.append(notice)
            return .all
        }
    }

    func waitForReady() throws {
        let isReady = notices.wait(milliseconds: 20_000) { notices in
            notices.contains { if case .ready = $0 { true } else { false } } ? true : nil
        }
        try #require(isReady == true, "\(all)")
    }
}

/// Remembers what it was told.
final class RecordingFollower: ClaimFollower {
    enum Word: Equatable {
        case settled(ClaimAnswer)
        case conflicting
        case released(SpoolError)
    }

    private let words = Monitor<[Word]>([])

    var heard: [Word] { words.withLock { $0 } }

    func claimWasSettled(_ answer: ClaimAnswer) { words.withLock { $0.append(.settled(answer)) } }
    func claimWasConflicting() { words.withLock { $0.append(.conflicting) } }
    func claimWasReleased(_ error: SpoolError) { words.withLock { $0.append(.released(error)) } }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
