import Foundation
import Testing

/// The power of the spool's disk cut in the middle of the work.
@Suite(.enabled(if: Machine.hasFUSE, Machine.cannotServeDisk))
struct PowerCutTests {
    @Test func `whatever a power cut leaves, every event that was accepted before it is there`() throws {
        var random = SeededGenerator(SeededGenerator.seed)
        let source = try PoweredSite()
        try source.faulty.site.startBridge()
        let after = try FaultSite(settings: PoweredSite.settings, like: source.faulty)
        let rounds = 12
        var promises = 0
        for round in 1...rounds {
            let crew = source.faulty.startSenders(source.ledger)
            defer { crew.stop() }
            let cut = try source.cutPower(afterWrites: .random(in: 1...300, using: &random), using: &random)
            crew.stop()
            promises = cut.accepted.count

            try after.mountSpool(image: cut.image)
            try after.site.startBridge()
            var audit = try SpoolAudit(of: after.site.spool.directory, against: source.ledger)
            audit.check(cut.fates)
            try audit.ask(after, for: cut.accepted.suffix(500))
            let context = "round \(round), seed \(SeededGenerator.seed): \(after.site.bridgeLog.suffix(2000))"
            #expect(audit.problems.isEmpty, "\(context)")
            #expect(try after.findings().count == audit.gaps.count, "\(audit.gaps), \(context)")
            #expect(try after.site.post("/fx/events/generic", "1", token: after.tokens[0]).status == 202)
            try after.unmountSpool()
        }
        #expect(source.lostSectors > 0, "no power cut took anything: the disk has no cache")
        print(
            "power cut test: \(rounds) cuts, \(promises) events acknowledged before the last, 0 lost, \(source.lostSectors) of",
            "\(source.unflushedSectors) unflushed sectors lost, seed \(SeededGenerator.seed)")
    }

    /// The measure of the test above: it must see what a bridge loses that only claims to synchronize.
    @Test(.enabled(if: Machine.canPreload, Machine.cannotPreload))
    func `a bridge whose synchronization does nothing is found out`() throws {
        var random = SeededGenerator(SeededGenerator.seed)
        let lie = try PreloadLibrary.compile("int fdatasync(int f) { return 0; } int fsync(int f) { return 0; }")
        let source = try PoweredSite()
        try source.faulty.site.startBridge(environment: ["LD_PRELOAD": lie])
        for _ in 0..<10 { #expect(try source.faulty.post(source.ledger).status == 202) }
        // The kernel would write by itself after seconds; so that it need not be waited for, others write to this disk.
        let file = source.faulty.site.spool.directory + "/other"
        Thread {
            let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            for _ in 0..<500 where write(descriptor, "other", 5) == 5 { fsync(descriptor) }
            close(descriptor)
        }.start()
        let cut = try source.cutPower(afterWrites: 0, using: &random)
        let after = try FaultSite(settings: PoweredSite.settings, like: source.faulty)
        try after.mountSpool(image: cut.image)
        mkdir(after.site.spool.directory + "/events", 0o700)
        var audit = try SpoolAudit(of: after.site.spool.directory, against: source.ledger)
        audit.check(cut.fates)
        #expect(!audit.problems.isEmpty)
        try after.unmountSpool()
    }
}

/// A site whose spool lies on a disk that can lose its power.
private final class PoweredSite {
    struct Cut {
        let image: String
        /// What senders had been told when it came.
        let fates: [Ledger.Fate]
        var accepted: [Int] { fates.numbers { $0 == .accepted } }
    }

    /// For a small disk.
    static let settings = ["spool.segment_bytes": "1MiB", "spool.free_bytes_reserve": "1MiB"]

    let faulty: FaultSite
    let ledger = Ledger()
    private(set) var unflushedSectors = 0
    private(set) var lostSectors = 0
    private let disk: VolatileDisk

    init() throws {
        faulty = try FaultSite(settings: Self.settings)
        let image = faulty.site.home + "/blank.img"
        try LoopFileSystem.makeImage(image, mebibytes: 64)
        disk = try VolatileDisk(image: image, at: faulty.site.home + "/disk")
        try faulty.mountSpool(image: disk.path)
    }

    deinit {
        try? faulty.unmountSpool()
        disk.remove()
    }

    func cutPower(afterWrites count: Int, using random: inout SeededGenerator) throws -> Cut {
        let image = faulty.site.home + "/cut.img"
        unlink(image)
        let (cut, fates) = try disk.cutPower(afterWrites: count, to: image, using: &random) { ledger.snapshot }
        unflushedSectors += cut.unflushedSectors
        lostSectors += cut.lostSectors
        return Cut(image: image, fates: fates)
    }
}
