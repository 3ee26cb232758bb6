import Foundation
import Testing

/// What an operator is told of a damaged spool, and what goes on all the same.
@Suite struct SpoolDamageTests {
    @Test func `rule 4: a rotten line is named by verify, readers and the start, and the others are served`() throws {
        let site = try TestSite(settings: ["spool.segment_bytes": "64KiB"], startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        func post(_ cid: String) throws -> HTTPReply {
            try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", cid)])
        }
        for number in 1...4 { #expect(try post("c\(number)").status == 202) }
        try site.stopBridge()

        let file = site.spool.directory + "/events/00000000000000000001.ndjson"
        var bytes = try #require(FileManager.default.contents(atPath: file))
        let offset = try #require(bytes.firstIndex(of: 0x0A)) + 1
        bytes[offset + 40] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))

        let place = "00000000000000000001.ndjson line 2, byte \(offset): the checksum says "
        let verify = try site.fxctl(["spool", "verify"])
        #expect(verify.exit == .code(1))
        #expect(verify.output.contains(place), "\(verify.output)")
        #expect(verify.output.contains("(sequence 2 was due)"))
        #expect(verify.output.contains("these are not the bytes that were committed"))
        let read = try site.fxctl(["spool", "read"])
        #expect(read.exit == .code(1))
        #expect(read.errors.contains(place) && read.output.split(separator: "\n").count == 3, "\(read.errors)")

        unlink(site.home + "/spool/index.sqlite")
        try site.startBridge()
        #expect(site.bridgeLog.contains(place), "\(site.bridgeLog.suffix(2000))")
        #expect(try post("c5").status == 202)
        for cid in ["c1", "c3", "c4", "c5"] { #expect(try site.get("/fx/cid/" + cid, token: token).status == 200) }
        #expect(try site.get("/fx/cid/c2", token: token).status == 404)
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)).starts(with: bytes), "nothing is repaired silently")
    }
}
