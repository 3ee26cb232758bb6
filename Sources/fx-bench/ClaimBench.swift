import DurableIO
import Events
import Glibc
import Idempotency
import JSONText
import Spool

/// A store of keys of its own, filled with random ones through its front door, and clocks around what an event asks it.
final class ClaimBench {
    /// Nanoseconds of CPU time for one event.
    struct Figures {
        var off = Int64.max
        var on = Int64.max
        var claim = Int64.max
        var settle = Int64.max
        /// nil while no key is in a file.
        var repeated: Int64?
    }

    /// Why there is nothing to measure.
    private enum Failure: Error {
        case unexpected(ClaimOutcome)
        case notReady(String)
        case noMemoryFigure
    }

    private static let windowSeconds: Int64 = 72 * 3600
    private static let groupEvents = 32
    /// How long a store that has much to file is given before it is asked again, and how often.
    private static let pauseMicroseconds: UInt32 = 1000
    private static let pausesLimit = 60_000

    private let directory: TemporaryDirectory
    private let store: ClaimStore
    private let nowSeconds = Clock.wallMicroseconds() / 1_000_000
    private let body = Array(#"{"event_source":"/bench","event_type":"t","payload":\#(Piece.payload(1024))}"#.utf8)
    /// The number of the next key, which is also the next sequence.
    private var next: UInt64 = 1

    init(keysLimit: Int) throws {
        directory = try TemporaryDirectory()
        let layout = SpoolLayout(root: directory.path)
        let appender = try LogAppender(
            directory: layout.events, quarantine: layout.quarantine, options: LogOptions(), disk: LinuxDisk())
        store = ClaimStore(
            ClaimOptions(
                directory: layout.claims, log: layout.events, disk: LinuxDisk(), windowSeconds: Self.windowSeconds,
                keysLimit: keysLimit, indexedBefore: { .max }, notice: { _ in }))
        try store.start(at: appender.position, nowSeconds: nowSeconds)
        try pause { store.notReadyBecause != nil }
    }

    func stop() { store.stop() }

    var filterBytes: Int { store.statistics.filterBytes }

    /// `/proc/self/statm`: the second number is resident pages, proc(5).
    func residentBytes() throws -> Int {
        var bytes: [UInt8] = []
        _ = try LinuxDisk().openFileForReading("/proc/self/statm").read(into: &bytes, at: 0, count: 256)
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard words.count > 1, let pages = Int(words[1]) else { throw Failure.noMemoryFigure }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    // MARK: Filling

    /// Adds random keys until there are so many.
    ///
    /// - Returns: nanoseconds of CPU time that the thread behind took for each: to sort, write and synchronize files.
    func fill(upTo count: Int) throws -> Int64 {
        let first = next
        let before = (process: Clock.processNanoseconds(), thread: Clock.threadNanoseconds())
        while next <= UInt64(count) {
            let stamp = Self.stamp(next)
            try claim(stamp)
            settle(stamp, next)
            next += 1
            if next.isMultiple(of: 2048) { store.noteCommit(before: next) }
        }
        store.noteCommit(before: next)
        let ofOthers = (Clock.processNanoseconds() - before.process) - (Clock.threadNanoseconds() - before.thread)
        // Two clocks, read one after the other: of nothing they make a little less than nothing.
        return max(0, ofOthers) / Int64(max(1, next - first))
    }

    /// Claims a new key, however long the thread behind has to file others first.
    private func claim(_ stamp: ClaimStamp) throws {
        var outcome = ClaimOutcome.notReady
        try pause {
            outcome = try store.claim(stamp, nowSeconds: nowSeconds, follower: NoFollower())
            return outcome == .notReady
        }
        guard outcome == .granted else { throw Failure.unexpected(outcome) }
    }

    private func pause(while isDue: () throws -> Bool) throws {
        for _ in 0..<Self.pausesLimit {
            guard try isDue() else { return }
            usleep(Self.pauseMicroseconds)
        }
        throw Failure.notReady(store.notReadyBecause ?? "the files are behind")
    }

    private func settle(_ stamp: ClaimStamp, _ sequence: UInt64) {
        store.settle(
            stamp, sequence: sequence, recordedSeconds: nowSeconds, answer: ClaimAnswer(cid: "cid-1", type: "t"))
    }

    /// The same key for the same number, with no order in them.
    private static func stamp(_ number: UInt64) -> ClaimStamp {
        var dice = SeededGenerator(seed: number)
        return ClaimStamp(
            key: ClaimKey(high: dice.next(), low: dice.next()), body: ClaimKey(high: dice.next(), low: dice.next()))
    }

    // MARK: Measuring

    func measure(count: Int, runs: Int) throws -> Figures {
        var figures = Figures()
        for _ in 0..<runs {
            let perEvent = { (nanoseconds: Int64) in nanoseconds / Int64(count) }
            figures.off = min(figures.off, perEvent(measureOff(count)))
            figures.on = min(figures.on, perEvent(try measureOn(count)))
            let (claim, settle) = try measureApart(count)
            figures.claim = min(figures.claim, perEvent(claim))
            figures.settle = min(figures.settle, perEvent(settle))
            if let repeated = try measureRepeats(count).map(perEvent) {
                figures.repeated = min(figures.repeated ?? .max, repeated)
            }
        }
        return figures
    }

    private func line(_ number: UInt64, claim: ClaimStamp?) -> SpoolLine {
        let value = JSONValue(kind: .object, range: 0..<body.count, hasNewlines: false)
        let time = Timestamp(microseconds: nowSeconds * 1_000_000 + Int64(number))
        let uuid = UUIDv7(milliseconds: time.milliseconds, randomHigh: number, randomLow: 1)
        var line = EventLine(
            id: uuid.text, source: EventSource("/bench"), type: "com.example.test", recordedTime: time,
            cid: CorrelationID(uuid), tenant: "demo", authID: "k3v9x0q2m1zt")
        line.claim = claim?.text
        return line.spoolLine(data: .json(value), of: body)
    }

    private func measureOff(_ count: Int) -> Int64 {
        let began = Clock.threadNanoseconds()
        for number in 0..<count { Piece.use(line(next + UInt64(number), claim: nil)) }
        return Clock.threadNanoseconds() - began
    }

    private func measureOn(_ count: Int) throws -> Int64 {
        let began = Clock.threadNanoseconds()
        for _ in 0..<count {
            let key = ClaimKey(tenant: "demo", credentialID: "k3v9x0q2m1zt", subject: .delivery("bench-\(next)"))
            let stamp = ClaimStamp(key: key, body: key)
            try claim(stamp)
            Piece.use(line(next, claim: stamp))
            settle(stamp, next)
            next += 1
            if next.isMultiple(of: UInt64(Self.groupEvents)) { store.noteCommit(before: next) }
        }
        return Clock.threadNanoseconds() - began
    }

    private func measureApart(_ count: Int) throws -> (claim: Int64, settle: Int64) {
        let stamps = (0..<count).map { Self.stamp(next + UInt64($0)) }
        let began = Clock.threadNanoseconds()
        for stamp in stamps { try claim(stamp) }
        let claimed = Clock.threadNanoseconds()
        for stamp in stamps {
            settle(stamp, next)
            next += 1
        }
        let settled = Clock.threadNanoseconds()
        store.noteCommit(before: next)
        return (claimed - began, settled - claimed)
    }

    /// The oldest keys come again; nil while they are still in memory.
    private func measureRepeats(_ count: Int) throws -> Int64? {
        guard filterBytes > 0 else { return nil }
        let stamps = (0..<UInt64(count)).map { Self.stamp(1 + $0) }
        let began = Clock.threadNanoseconds()
        for stamp in stamps {
            let outcome = try store.claim(stamp, nowSeconds: nowSeconds, follower: NoFollower())
            guard case .settled = outcome else { throw Failure.unexpected(outcome) }
        }
        return Clock.threadNanoseconds() - began
    }
}

/// Nobody: one thread asks here, so that no key is under way when it is asked for again.
private final class NoFollower: ClaimFollower {
    func claimWasSettled(_ answer: ClaimAnswer) {}
    func claimWasConflicting() {}
    func claimWasReleased(_ error: SpoolError) {}
}
