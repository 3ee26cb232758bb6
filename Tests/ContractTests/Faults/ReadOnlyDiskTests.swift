import Foundation
import Testing

/// The spool's file system read-only: gone so under load, as ext4 does after an error of its disk, or so from the start.
@Suite(.enabled(if: Machine.isLoopMountable, Machine.cannotMount))
struct ReadOnlyDiskTests {
    private static let settings = ["spool.segment_bytes": "1MiB", "spool.free_bytes_reserve": "1MiB"]

    /// While a journal is being aborted ext4 lets an `fdatasync` that begins just then return 0 for what it will not keep:
    /// a ten-line program that appends and synchronizes shows it as well. So what was acknowledged before that moment is
    /// what must be there, and of what came in it no more than one group may be missing.
    @Test func `rule 8: a disk that goes read-only under load leaves reads working, and loses nothing`() throws {
        let faulty = try FaultSite(settings: Self.settings)
        try faulty.mountSpool(mebibytes: 32)
        try faulty.site.startBridge()
        let ledger = Ledger()
        let crew = faulty.startSenders(ledger)
        defer { crew.stop() }
        try faulty.waitUntil("events flow") { ledger.acceptedCount > 300 }
        let before = ledger.snapshot
        // What ext4 does with errors=remount-ro when its journal cannot be written.
        try #require(faulty.fileSystem).remount("abort")
        let refusal = try eventually("senders are refused") {
            let reply = try faulty.post(ledger)
            return reply.status == 202 ? nil : reply
        }
        #expect(refusal.status == 503)
        #expect(refusal.problem?.type == "urn:fx-bridge:problem:storage-failed")
        #expect(refusal.field("Retry-After") != nil)
        crew.stop()
        let accepted = ledger.snapshot.numbers { $0 == .accepted }
        #expect(try faulty.unknownEvents(among: accepted, run: ledger.run).isEmpty)
        #expect(try faulty.site.operatorReply("/readyz").status == 503)

        let image = faulty.site.home + "/spool.img"
        try faulty.unmountSpool()
        try faulty.mountSpool(image: image)
        try faulty.site.startBridge()
        var audit = try SpoolAudit(of: faulty.site.spool.directory, against: ledger)
        audit.check(before)
        try audit.ask(faulty, for: before.numbers { $0 == .accepted })
        #expect(audit.problems.isEmpty)
        #expect(accepted.count - audit.eventsCount <= FaultSite.sendersCount)
        #expect(try faulty.findings().count == audit.gaps.count)
        #expect(try faulty.post(ledger).status == 202)
    }

    /// After a kill the index's write-ahead log is left, which nobody can bring into the index there.
    @Test(arguments: [SIGTERM, SIGKILL])
    func `rule 8: a bridge starts on a read-only spool to answer reads, and takes events once it is writable`(
        stop: Int32
    ) throws {
        let faulty = try FaultSite(settings: Self.settings)
        try faulty.mountSpool(mebibytes: 32)
        try faulty.site.startBridge()
        let ledger = Ledger()
        for _ in 1...20 { #expect(try faulty.post(ledger).status == 202) }
        // A start waits until the index has them all; one that it lacks would be answered 503 there.
        try faulty.site.stopBridge()
        try faulty.site.startBridge()
        try faulty.site.stopBridge(signal: stop)
        let fileSystem = try #require(faulty.fileSystem)
        try fileSystem.remount("ro")

        try faulty.site.spawnBridge()
        let accepted = ledger.snapshot.numbers { $0 == .accepted }
        try faulty.waitUntil("reads are answered") {
            try faulty.unknownEvents(among: accepted, run: ledger.run).isEmpty
        }
        let refusal = try faulty.post(ledger)
        #expect(refusal.status == 503)
        #expect(refusal.problem?.type == "urn:fx-bridge:problem:storage-failed")
        #expect(try faulty.site.operatorReply("/readyz").status == 503)

        try fileSystem.remount("rw")
        #expect(try faulty.post(ledger).status == 202)
        try faulty.waitUntil("the bridge is ready") { try faulty.site.operatorReply("/readyz").status == 200 }
        try faulty.expectNothingLost(ledger, at: "\(#function)")
    }
}
