import Foundation
import Testing

/// The spool's disk full under load, behind real nginx.
@Suite(.enabled(if: Machine.isLoopMountable, Machine.cannotMount))
struct FullDiskTests {
    @Test func `rule 6: below the low-water mark senders get 503, reads go on, and with room writes resume`() throws {
        let faulty = try FaultSite(settings: ["spool.segment_bytes": "1MiB", "spool.free_bytes_reserve": "4MiB"])
        try faulty.mountSpool(mebibytes: 64)
        try faulty.site.startBridge()
        let ledger = Ledger()
        // What fills the disk is the filler, not events that come while nobody is looking: with the filler there is room.
        let crew = faulty.startSenders(ledger, untilAccepted: 300)
        defer { crew.stop() }
        try faulty.waitUntil("events flow") { ledger.acceptedCount > 200 }
        let early = try #require(ledger.snapshot.numbers { $0 == .accepted }.first)

        let filler = Filler(in: faulty.site.spool.directory)
        try filler.grow(untilAvailable: 2 << 20, of: #require(faulty.fileSystem))
        crew.goOn(untilAccepted: 2000)
        let refusal = try eventually("senders are refused") {
            let reply = try faulty.post(ledger)
            return reply.status == 202 ? nil : reply
        }
        #expect(refusal.status == 503)
        #expect(refusal.problem?.type == "urn:fx-bridge:problem:storage-full")
        #expect(refusal.field("Retry-After").flatMap { Int($0) } ?? 0 > 0)
        #expect(try faulty.status(of: LedgerEvent(run: ledger.run, number: early)) == 200)
        #expect(try faulty.site.operatorReply("/healthz").status == 200)
        #expect(try faulty.site.operatorReply("/readyz").status == 503)

        let accepted = ledger.acceptedCount
        filler.remove()
        try faulty.waitUntil("writes resume without a restart") { ledger.acceptedCount > accepted + 200 }
        // The index tries again by itself, a second after it met the end of the disk.
        try faulty.waitUntil("all is ready") { try faulty.site.operatorReply("/readyz").status == 200 }
        crew.stop()
        try faulty.expectNothingLost(ledger, at: "\(#function)")
    }

    @Test func `a disk that fills up in the middle of a write loses nothing, and others see all once there is room`()
        throws
    {
        // No reserve: write(2) itself meets the end of the disk, for records and for commit entries.
        let faulty = try FaultSite(settings: ["spool.segment_bytes": "256KiB", "spool.free_bytes_reserve": "0"])
        try faulty.mountSpool(mebibytes: 16)
        try faulty.site.startBridge()
        let ledger = Ledger()
        let filler = Filler(in: faulty.site.spool.directory)
        for round in 1...3 {
            let accepted = ledger.acceptedCount
            // As above: a hundred events, then the end of the disk, then room again.
            let crew = faulty.startSenders(ledger, untilAccepted: accepted + 100)
            defer { crew.stop() }
            try faulty.waitUntil("events flow in round \(round)") { ledger.acceptedCount > accepted + 50 }
            try filler.grow(untilAvailable: 128 << 10, of: #require(faulty.fileSystem))
            let refused = ledger.problems["urn:fx-bridge:problem:storage-full"] ?? 0
            crew.goOn(untilAccepted: .max)
            try faulty.waitUntil("the disk is full in round \(round)", seconds: 30) {
                ledger.problems["urn:fx-bridge:problem:storage-full"] ?? 0 > refused + 5
            }
            crew.stop()
            let known = try #require(ledger.snapshot.numbers { $0 == .accepted }.first)
            #expect(
                try faulty.status(of: LedgerEvent(run: ledger.run, number: known)) == 200,
                "reads go on: \(faulty.site.bridgeLog.suffix(2000))")
            filler.remove()
            // Nothing more is written now: the writer must tell the others by itself.
            try faulty.waitUntil("another process sees what was acknowledged", seconds: 30) {
                try faulty.cidsReadByFxctl().count >= ledger.acceptedCount
            }
        }
        #expect(try faulty.post(ledger).status == 202)
        try faulty.expectNothingLost(ledger, at: "\(#function)")
    }
}

extension FaultSite {
    /// Holds the spool against the ledger as it is and again after a restart, and asks the bridge for what was accepted.
    func expectNothingLost(_ ledger: Ledger, at test: String) throws {
        let fates = ledger.snapshot
        let accepted = fates.numbers { $0 == .accepted }
        for start in ["before", "after"] {
            if start == "after" {
                stopBridge()
                try site.startBridge()
            }
            var audit = try SpoolAudit(of: site.spool.directory, against: ledger)
            audit.check(fates)
            try audit.ask(self, for: accepted.suffix(1000))
            #expect(audit.problems.isEmpty, "\(start) a restart, \(test): \(site.bridgeLog.suffix(2000))")
            let findings = try findings()
            #expect(findings.count == audit.gaps.count, "\(findings), \(start) a restart, \(test)")
        }
    }
}
