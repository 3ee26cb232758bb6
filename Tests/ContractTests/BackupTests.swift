import Foundation
import Testing

/// A backup of a running bridge's spool, and another bridge on it.
@Suite struct BackupTests {
    @Test func `a restored copy answers for old and new events, and never gives what the original gave`() throws {
        let original = try TestSite(settings: ["spool.segment_bytes": "64KiB"], startsBridge: false)
        let token = try original.makeToken().token
        try original.startBridge()
        let fill = "\"" + String(repeating: "x", count: 30_000) + "\""
        func post(_ cid: String, to site: TestSite) throws {
            let fields = [("X-Correlation-ID", cid)]
            #expect(try site.post("/fx/events/generic", fill, token: token, fields: fields).status == 202)
        }
        for number in 1...5 { try post("old-\(number)", to: original) }
        let report = try original.fxctl([
            "execution", "report", "--tenant", "test", "--cid", "old-2", "--execution-id", "run-2", "--service", "s",
            "--status", "completed",
        ])
        #expect(report.exit == .code(0), "\(report.errors)")
        #expect(try original.fxctl(["spool", "consumers", "add", "relay", "--from", "3"]).exit == .code(0))

        let copy = original.home + "/copy"
        let backup = try original.fxctl(["spool", "backup", copy, "--json"])
        #expect(backup.exit == .code(0), "\(backup.output)\(backup.errors)")
        for number in 6...8 { try post("lost-\(number)", to: original) }

        let restored = try TestSite(startsBridge: false)
        try FileManager.default.removeItem(atPath: restored.home + "/spool")
        try FileManager.default.copyItem(atPath: copy, toPath: restored.home + "/spool")
        try FileManager.default.copyItem(
            atPath: original.home + "/credentials.json", toPath: restored.home + "/credentials.json")
        try restored.startBridge()
        for number in 1...3 { try post("new-\(number)", to: restored) }

        for cid in ["old-1", "old-5", "new-1", "new-3"] {
            #expect(try restored.get("/fx/cid/" + cid, token: token).status == 200, "\(cid)")
        }
        #expect(try restored.get("/fx/cid/lost-6", token: token).status == 404)
        #expect(try restored.get("/fx/cid/old-2", token: token).text.contains("\"run-2\""))
        let given = try original.spool.events(), after = try restored.spool.events()
        let fresh = after.filter { $0["correlationid"]?.hasPrefix("new-") == true }
        #expect(after.count == 8 && fresh.count == 3)
        for name in ["sequence", "id"] {
            #expect(Set(fresh.compactMap { $0[name] }).isDisjoint(with: given.compactMap { $0[name] }), "\(name)")
        }
        let verification = try restored.fxctl(["spool", "verify"])
        #expect(verification.exit == .code(0), "\(verification.output)")
        let consumers = try restored.fxctl(["spool", "consumers", "--json"])
        #expect(consumers.output.contains(#""next":3"#), "\(consumers.output)")
        #expect(try restored.fxctl(["spool", "read", "--from", "3"]).exit == .code(0), "no record is missed")
        try restored.stopBridge()
        let index = try restored.fxctl(["index", "check"])
        #expect(index.exit == .code(0), "\(index.output)\(index.errors)")
    }
}
