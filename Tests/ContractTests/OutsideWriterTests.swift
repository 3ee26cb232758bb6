import Foundation
import Testing

/// A program of somebody else that appends reports to a log of its own: the one in the README, as it stands there.
@Suite struct OutsideWriterTests {
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/python3"), "there is no python3"))
    func `the README's program writes lines that the bridge tells and verifies`() throws {
        let readme = text(of: Checkout.root + "/README.md")
        let programs = readme.components(separatedBy: "```python\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        let program = try #require(programs.first { $0.contains("def report(") })
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "job")])
        let calls = """

            import sys
            for status in ["pending", "in_progress", "completed"]:
                report(sys.argv[1], "script", "test", "job", "run-1", "sch\\u00f6n \\"x\\"", status, {"n": [1, "\\u20ac"]})
            report(sys.argv[1], "script", "test", "job", "run-2", "s", "failed")
            """
        let run = try CommandResult.run("/usr/bin/python3", ["-c", program + calls, site.home + "/spool"])
        #expect(run.exit == .code(0), "\(run.errors)")
        let told = try eventually("the reports are told") {
            let reply = try site.get("/fx/cid/job?wait=10", token: token)
            return reply.text.contains("run-2") ? reply : nil
        }
        let executions = try #require(told.json["executions"] as? [[String: Any]])
        #expect(executions.map { $0["status"] as? String } == ["completed", "failed"])
        #expect(executions[0]["service"] as? String == "schön \"x\"")
        // What a crash cut off is no line.
        let log = site.home + "/spool/executions/script/00000000000000000001.ndjson"
        let file = try #require(FileHandle(forWritingAtPath: log))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"cid\":\"jo".utf8))
        try file.close()
        let again = program + "\nimport sys\nreport(sys.argv[1], 'script', 'test', 'job', 'run-3', 's', 'skipped')\n"
        #expect(try CommandResult.run("/usr/bin/python3", ["-c", again, site.home + "/spool"]).exit == .code(0))
        try waitUntil("the last report is told") { try site.get("/fx/executions/run-3", token: token).status == 200 }
        // It writes no commit files, and that is all there is to say against it.
        let verified = try site.fxctl(["spool", "verify"]).output
        #expect(verified.contains("executions/script: 5 records in 1 segments, ") && verified.contains(": 1 findings"))
        #expect(verified.contains("there is no commit file beside it, so only its checksums could be checked"))
        let records = try site.fxctl(["spool", "read", "--log", "executions/script"]).output
        #expect(records.split(separator: "\n").count == 5)
    }
}
