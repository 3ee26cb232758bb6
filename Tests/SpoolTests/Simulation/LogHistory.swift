import DurableIO
import Spool

/// One seeded history: what senders, readers, an operator and bad luck do to a log on a simulated disk.
struct LogHistory {
    /// What may go wrong in a history.
    enum Weather: String, CaseIterable, Sendable {
        case fair
        case kills
        case powerCuts
        case faults
        case everything

        var hasKills: Bool { self != .fair }
        var hasPowerCuts: Bool { self == .powerCuts || self == .everything }
        var hasFaults: Bool { self == .faults || self == .everything }
        var hasRot: Bool { self == .everything }
    }

    private static let layout = SpoolLayout(root: "/spool")

    private let weather: Weather
    private let disk: SimulatedDisk
    private let segmentBytes: UInt64
    private var random: SeededGenerator
    private var model = LogModel()
    private var log: LogAppender?
    /// Reads everything once, over all restarts, and only what is committed.
    private var follower: LogReader
    /// What recovery found is safe from a second use of its sequences; then it may be shown.
    private var isSealed = false
    private var deathIsPowerCut = false
    private var rotsLeft = 2
    /// What was done, for whoever reads of a failure.
    private(set) var journal: [String] = []

    init(seed: UInt64, weather: Weather) {
        self.weather = weather
        random = SeededGenerator(seed: seed)
        disk = SimulatedDisk(seed: random.next())
        segmentBytes = random.pick([150, 500, 1500, 6000])
        follower = LogReader(directory: Self.layout.events, disk: disk, from: 1)
    }

    /// - Throws: ``LogModel/Violation`` for the first promise that is broken.
    mutating func run() throws {
        try open()
        for _ in 0..<(10 + random.below(50)) {
            try step()
            if disk.isDown { try die() }
        }
        disk.disarm()
        if weather.hasPowerCuts, random.oneIn(2) { try die(byPowerCut: true) } else { try reopen() }
        try append()
        try follow()
        for limit in [log?.position, nil] { try readAll(from: 1, limit: limit) }
    }

    private mutating func step() throws {
        switch random.below(100) {
        case 0..<45: try append()
        case 45..<57: if weather.hasFaults { arm() } else { try append() }
        case 57..<67: try follow()
        case 67..<79: try readAll(from: 1 + random.next() % (model.lastAcknowledged + 2), limit: pickLimit())
        case 79..<83: try trim()
        case 83..<84: compress()
        case 84..<86: try reopen()
        case 86..<87: show()
        case 87..<92: if weather.hasKills { planDeath(byPowerCut: false) }
        case 92..<97: if weather.hasPowerCuts { planDeath(byPowerCut: true) }
        default: if weather.hasRot { rot() }
        }
    }

    // MARK: Senders and readers

    private mutating func append() throws {
        guard let log else { return }
        let start = model.texts.count
        var texts: [String] = []
        for _ in 0...random.below(4) {
            let length = random.oneIn(6) ? random.below(2000) : random.below(120)
            texts.append("\"\(start + texts.count):\(String(repeating: "x", count: length))\"")
            _ = model.submit(texts[texts.count - 1])
        }
        let lines = start..<model.texts.count
        var records = group(texts)
        do {
            let first = try log.append(&records)
            guard !disk.isDown else { return note("append lines \(lines): died before the answer") }
            note("append lines \(lines): acknowledged from \(first)")
            try model.acknowledge(lines, first: first)
            isSealed = true
            let path = Self.layout.events + "/" + SegmentName.name(first: log.position.segment)
            guard !disk.machine.withLock({ $0.hasFailedSynchronization(path) }) else {
                throw LogModel.Violation("acknowledged in \(path), whose synchronization has failed")
            }
        } catch let error as SpoolError {
            note("append lines \(lines): \(error)")
        }
    }

    private mutating func follow() throws {
        guard let log, isSealed else { return }
        note("follow from \(follower.nextSequence) to \(log.position)")
        try model.read(
            follower, limit: log.position, remembers: true, follows: true, committedTo: log.position.nextSequence
        ) { disk.fired(.failedRead) }
        note("followed to \(follower.nextSequence)")
    }

    private mutating func readAll(from sequence: UInt64, limit: LogPosition?) throws {
        guard let log else { return }
        note("read from \(sequence), limit \(limit.map { "\($0.nextSequence)" } ?? "none")")
        let reader = LogReader(directory: Self.layout.events, disk: disk, from: sequence)
        // Where a commit could not be noted, other processes see the group with the next one.
        let isTailDue = limit != nil || !log.hidesCommitted
        try model.read(
            reader, limit: limit, remembers: isSealed, committedTo: log.position.nextSequence, isTailDue: isTailDue
        ) { disk.fired(.failedRead) }
    }

    /// What the writer does at an idle moment.
    private mutating func show() {
        guard let log, log.hidesCommitted else { return }
        note("show what is committed: \(log.showCommitted())")
    }

    private mutating func pickLimit() -> LogPosition? { random.oneIn(2) ? log?.position : nil }

    // MARK: The operator

    /// Removes the oldest segments that the follower is through with, as retention does: never the last one.
    private mutating func trim() throws {
        try follow()
        guard let names = try? disk.names(in: Self.layout.events) else { return }
        // Compressed ones are segments too.
        let firsts = Set(names.compactMap { SegmentName.first(in: $0.replacing(".ndjson.zst", with: ".ndjson")) })
            .sorted()
        let passed = firsts.dropFirst().filter { $0 <= follower.nextSequence }
        guard !passed.isEmpty else { return }
        let kept = random.pick(Array(passed))
        model.trim(below: kept)
        note("trim below \(kept)")
        do {
            // A segment's companions go with it.
            for first in firsts where first < kept {
                let stem = SegmentName.name(first: first).dropLast(SegmentName.suffix.count)
                for name in names.sorted() where name.hasPrefix(stem) {
                    try disk.remove(Self.layout.events + "/" + name)
                }
            }
            if random.oneIn(2) { try disk.synchronizeDirectory(Self.layout.events) }
        } catch {
            note("trim: \(error)")
        }
    }

    /// Compresses what is sealed, as the trimmer does.
    private mutating func compress() {
        do throws(CursorError) {
            let outcome = try LogCompression(log: "events", of: Self.layout, disk: disk).run()
            note("compress: \(outcome.segments) segments")
        } catch {
            note("compress: \(error)")
        }
    }

    private mutating func reopen() throws {
        note("stop and start")
        log = nil
        disk.restart(powerCut: false)
        try open()
    }

    /// Starts the program, as often as it takes: it may die while it recovers.
    private mutating func open() throws {
        while true {
            let faults = disk.fired(.failedRead)
            do {
                let opened = try LogAppender(
                    directory: Self.layout.events, quarantine: Self.layout.quarantine,
                    options: LogOptions(segmentBytes: segmentBytes, reserveBytes: 1), disk: disk)
                if disk.isDown {
                    restart(powerCut: deathIsPowerCut)
                    continue
                }
                log = opened
                break
            } catch {
                if disk.isDown {
                    restart(powerCut: deathIsPowerCut)
                } else if disk.fired(.failedRead) > faults {
                    note("open: \(error)")
                } else {
                    throw LogModel.Violation("the log does not open: \(error)")
                }
            }
        }
        try checkRecovery()
    }

    private mutating func checkRecovery() throws {
        guard let log else { return }
        note("open at \(log.position), \(log.recovery.findings)")
        isSealed = log.recovery.openSegment != nil || log.position.nextSequence == 1
        guard log.position.nextSequence > model.lastAcknowledged else {
            throw LogModel.Violation("recovery goes on at \(log.position), after \(model.lastAcknowledged)")
        }
        for case .cutTail(let segment, let offset, let bytes, let keptAt) in log.recovery.findings {
            guard disk.content(Self.layout.events + "/" + segment).map({ UInt64($0.count) }) == offset,
                disk.content(keptAt).map({ UInt64($0.count) }) == bytes
            else { throw LogModel.Violation("what was cut off is not where recovery says") }
        }
        if model.isUndisturbed, !log.recovery.findings.isEmpty {
            throw LogModel.Violation("recovery finds fault with nothing wrong: \(log.recovery.findings)")
        }
    }

    // MARK: Bad luck

    private mutating func arm() {
        let fault = random.pick(DiskFault.allCases)
        let nth = 1 + random.below(3)
        model.isUndisturbed = false
        note("arm \(fault), number \(nth)")
        disk.arm(fault, nth: nth)
    }

    private mutating func planDeath(byPowerCut: Bool) {
        model.isUndisturbed = false
        deathIsPowerCut = byPowerCut
        let operations = random.below(8)
        note("\(byPowerCut ? "power cut" : "kill") after \(operations) operations")
        disk.dieAfter(operations: operations)
    }

    private mutating func die(byPowerCut: Bool? = nil) throws {
        model.isUndisturbed = false
        restart(powerCut: byPowerCut ?? deathIsPowerCut)
        try open()
    }

    private mutating func restart(powerCut: Bool) {
        note(powerCut ? "power cut" : "kill")
        disk.restart(powerCut: powerCut)
        log = nil
        // A follower in another process outlives the writer, but not the machine.
        if powerCut || random.oneIn(2) {
            follower = LogReader(directory: Self.layout.events, disk: disk, from: follower.nextSequence)
        }
    }

    /// Flips one bit of a segment; the lines it touches are no longer due.
    private mutating func rot() {
        guard rotsLeft > 0, let names = try? disk.names(in: Self.layout.events).sorted() else { return }
        let segments = names.filter { SegmentName.first(in: $0) != nil }
        guard !segments.isEmpty else { return }
        let path = Self.layout.events + "/" + random.pick(segments)
        guard let bytes = disk.content(path), !bytes.isEmpty else { return }
        rotsLeft -= 1
        model.isUndisturbed = false
        // Near the end, where recovery looks for what a crash left, twice as often as anywhere.
        let offset = random.oneIn(3) ? random.below(bytes.count) : bytes.count - 1 - random.below(min(bytes.count, 80))
        let newline = UInt8(ascii: "\n")
        let start = bytes[..<offset].lastIndex(of: newline).map { $0 + 1 } ?? 0
        var end = bytes[offset...].firstIndex(of: newline).map { $0 + 1 } ?? bytes.count
        // A line that loses its end is one with the next, even where that one is still to come.
        if bytes[offset] == newline {
            if end == bytes.count, let log { model.rot(log.position.nextSequence) }
            end = bytes[end...].firstIndex(of: newline).map { $0 + 1 } ?? bytes.count
        }
        for line in bytes[start..<end].split(separator: newline) where line.count > 33 {
            let digits = line.dropFirst(13).prefix(RecordFormat.sequenceDigits)
            if let sequence = UInt64(String(decoding: digits, as: UTF8.self)) { model.rot(sequence) }
        }
        let bit = UInt8(1) << UInt8(random.below(8))
        note("flip bit \(bit) at \(offset) of \(path): \(model.rotten.sorted()) are rotten")
        disk.machine.withLock { $0.flip(bit: bit, at: offset, of: path) }
    }

    private mutating func note(_ event: String) { journal.append(event) }
}
