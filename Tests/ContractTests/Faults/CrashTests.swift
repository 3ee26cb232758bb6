import Foundation
import Testing

/// fx-bridge killed at any moment, behind real nginx and under load.
@Suite struct CrashTests {
    @Test func `no kill at any moment loses an event, doubles one or changes one`() throws {
        var random = SeededGenerator(SeededGenerator.seed)
        let kills = ProcessInfo.processInfo.environment["FX_TEST_KILLS"].flatMap { Int($0) } ?? 20
        // Small segments: a kill may hit the change from one to the next too.
        let faulty = try FaultSite(settings: ["spool.segment_bytes": "1MiB"])
        let ledger = Ledger()
        let crew = faulty.startSenders(ledger)
        defer { crew.stop() }
        for kill in 1...kills {
            let bridge = try faulty.site.spawnBridge()
            if random.next() % 4 == 0 {
                // In the middle of its start, or soon after.
                usleep(UInt32.random(in: 0...100_000, using: &random))
            } else {
                let goal = ledger.acceptedCount + Int.random(in: 1...400, using: &random)
                try waitUntil("events flow after \(kill - 1) kills", seconds: 30) {
                    ledger.acceptedCount >= goal || bridge.hasExited
                }
                usleep(UInt32.random(in: 0...5_000, using: &random))
            }
            bridge.send(SIGKILL)
            #expect(try bridge.wait() == .signal(SIGKILL), "\(faulty.site.bridgeLog.suffix(2000))")
        }
        crew.stop()
        try faulty.site.startBridge()

        let fates = ledger.snapshot
        let accepted = fates.numbers { $0 == .accepted }
        var audit = try SpoolAudit(of: faulty.site.spool.directory, against: ledger)
        audit.check(fates)
        try audit.ask(faulty, for: accepted)
        #expect(audit.problems.isEmpty, "seed \(SeededGenerator.seed)")
        let findings = try faulty.findings()
        #expect(findings.count == audit.gaps.count, "\(findings) and \(audit.gaps), seed \(SeededGenerator.seed)")
        #expect(accepted.count > kills)
        print(
            "crash test: \(kills) kills, \(accepted.count) events acknowledged, 0 lost, \(ledger.offeredCount) offered,",
            "\(audit.eventsCount) on the spool, \(audit.gaps.count) reported gaps, seed \(SeededGenerator.seed)")
    }
}
