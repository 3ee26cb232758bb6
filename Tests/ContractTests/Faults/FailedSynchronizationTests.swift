import Foundation
import Testing

/// Synchronizations that fail in the kernel's name: strace(1) answers in its place.
@Suite(.enabled(if: Machine.canTrace, Machine.cannotTrace))
struct FailedSynchronizationTests {
    @Test func `rule 2: after a failed fdatasync the waiters get 503 and the next event is in a new segment`() throws {
        let faulty = try FaultSite()
        let segment = "/events/00000000000000000001.ndjson"
        // Only the segment's: the index synchronizes too. The third one fails, the bridge never tries it again.
        let tool = [
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-P", faulty.site.spool.directory + segment,
            "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=3",
        ]
        try faulty.site.startBridge(under: tool)
        let ledger = Ledger()
        for _ in 1...2 { #expect(try faulty.post(ledger).status == 202) }
        let refusal = try faulty.post(ledger)
        #expect(refusal.status == 503)
        #expect(refusal.problem?.type == "urn:fx-bridge:problem:storage-failed")
        #expect(refusal.field("Retry-After").flatMap { Int($0) } ?? 0 > 0)
        #expect(try faulty.site.operatorReply("/readyz").status == 503)
        for _ in 1...3 { #expect(try faulty.post(ledger).status == 202) }
        #expect(try faulty.site.operatorReply("/readyz").status == 200)
        let files = try FileManager.default.contentsOfDirectory(atPath: faulty.site.spool.directory + "/events")
        #expect(
            files.filter { $0.hasSuffix(".ndjson") }.sorted()
                == ["00000000000000000001.ndjson", "00000000000000000003.ndjson"])
        #expect(try faulty.cidsReadByFxctl() == [0, 1, 3, 4, 5].map { LedgerEvent(run: ledger.run, number: $0).cid })
        try faulty.expectNothingLost(ledger, at: "\(#function)")
    }

    @Test func `no failed fdatasync under load loses an event that was acknowledged`() throws {
        let faulty = try FaultSite(settings: ["spool.segment_bytes": "1MiB"])
        // Every thread counts by itself: the committer's fails often, the indexer's now and then, a start's never.
        let tool = [
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", "trace=fdatasync",
            "-e", "inject=fdatasync:error=EIO:when=10+10",
        ]
        try faulty.site.startBridge(under: tool)
        let ledger = Ledger()
        let crew = faulty.startSenders(ledger)
        defer { crew.stop() }
        try faulty.waitUntil("groups fail", seconds: 60) {
            ledger.acceptedCount > 1000 && ledger.problems["urn:fx-bridge:problem:storage-failed"] ?? 0 > 50
        }
        crew.stop()
        try faulty.expectNothingLost(ledger, at: "\(#function)")
    }
}
