import Foundation
import Testing

/// How the running bridge keeps its spool small, and for whom it does not.
@Suite struct RetentionTests {
    /// Files of two events each, of which all but the two newest are too many.
    private static let settings = [
        "spool.segment_bytes": "64KiB", "spool.retention_bytes": "1", "log.level": "info",
    ]
    /// Half a file of the spool, but for the attributes of the event.
    private static let body = "\"" + String(repeating: "x", count: 30_000) + "\""

    private func post(_ cids: [String], to site: TestSite, _ token: String) throws {
        for cid in cids {
            let fields = [("X-Correlation-ID", cid)]
            #expect(try site.post("/fx/events/generic", Self.body, token: token, fields: fields).status == 202)
        }
    }

    private func files(_ site: TestSite) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: site.home + "/spool/events")
            .filter { $0.hasSuffix(".ndjson") }.sorted()
    }

    @Test func `the running bridge trims its log, says so, and forgets the events that went`() throws {
        let site = try TestSite(settings: Self.settings, startsBridge: false)
        let token = try site.makeToken(scopes: ["events:write", "status:read"]).token
        try site.startBridge()
        try post((1...9).map { "c\($0)" }, to: site, token)
        // c9 has begun the fifth file: of those before it the fourth stays.
        try waitUntil("the log is trimmed") { (try? files(site).count) == 2 }
        #expect(try files(site).first == "00000000000000000007.ndjson")
        try waitUntil("the index forgets") { (try? site.get("/fx/cid/c6", token: token).status) == 404 }
        #expect(try site.get("/fx/cid/c7", token: token).status == 200)
        #expect(try site.get("/fx/cid/c9", token: token).status == 200)
        #expect(site.bridgeLog.contains("the spool was trimmed"))
        #expect(site.bridgeLog.contains("last_sequence=6"))

        try site.stopBridge()
        try site.startBridge()
        try post(["c10"], to: site, token)
        #expect(try site.spool.events(cid: "c10").first?.attributes["sequence"] as? String == "00000000000000000010")
        try site.stopBridge()
        let check = try site.fxctl(["index", "check"])
        #expect(check.exit == .code(0), "\(check.output)\(check.errors)")
    }

    @Test func `rule 7: the running bridge trims nothing that a registered consumer has not passed, and names it`()
        throws
    {
        let site = try TestSite(settings: Self.settings, startsBridge: false)
        let token = try site.makeToken(scopes: ["events:write", "status:read"]).token
        #expect(try site.fxctl(["spool", "consumers", "add", "relay"]).exit == .code(0))
        try site.startBridge()
        try post((1...9).map { "c\($0)" }, to: site, token)
        try waitUntil("it is said") { site.bridgeLog.contains("last_sequence=6") }
        #expect(site.bridgeLog.contains("consumers hold back what retention would trim"))
        #expect(site.bridgeLog.contains("consumers=relay"))
        #expect(try files(site).count == 5)
        #expect(try site.get("/fx/cid/c1", token: token).status == 200)

        #expect(try site.fxctl(["spool", "consumers", "move", "relay", "--to", "4"]).exit == .code(0))
        // Beside the running bridge, which has the index open.
        let trim = try site.fxctl(["spool", "trim"])
        #expect(trim.exit == .code(0) && trim.output.contains("the events 1 to 2."), "\(trim.output)\(trim.errors)")
        #expect(try files(site).first == "00000000000000000003.ndjson")
        #expect(try site.get("/fx/cid/c2", token: token).status == 404)
        #expect(try site.get("/fx/cid/c3", token: token).status == 200)
    }
}
