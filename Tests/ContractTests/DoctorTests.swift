import Foundation
import Testing

/// `fxctl doctor` on whole installations, right ones and broken ones.
@Suite struct DoctorTests {
    private struct Report: Decodable {
        struct Finding: Decodable {
            var check: String
            var status: String
            var detail: String
            var action: String?
        }
        var healthy: Bool
        var findings: [Finding]

        subscript(check: String) -> Finding? { findings.first { $0.check == check } }
    }

    @Test func `a right installation is found right, from nginx to an event's status`() throws {
        let site = try TestSite()
        let token = try site.makeToken()
        let (exit, report) = try examine(site, token: token.token)
        #expect(exit == .code(0) && report.healthy, "\(report.findings.filter { $0.status != "ok" })")
        #expect(
            report.findings.map(\.check) == [
                "settings", "spool", "disk", "credentials", "clock", "libfcgi", "nginx", "site", "socket", "process",
                "listener", "readiness", "end to end",
            ])
        // Whatever depends on the machine alone may be a warning here.
        let machine = ["disk", "clock", "libfcgi", "process"]
        for finding in report.findings where !machine.contains(finding.check) {
            #expect(finding.status == "ok", "\(finding)")
        }
        #expect(try site.spool.events().count == 1)

        let text = try doctor(site, []).output
        #expect(text.contains("ok       site: it leads to unix:\(site.socket)\n"))
        #expect(text.hasSuffix("\nNothing is wrong.\n"))
    }

    @Test func `each thing that is wrong is found, with what to do`() throws {
        let site = try TestSite()
        let token = try site.makeToken()
        chmod(site.home + "/spool", 0o777)
        chmod(site.home + "/credentials.json", 0o644)
        chmod(site.socket, 0o600)
        chown(site.socket, 0, 0)
        let (exit, report) = try examine(site, token: "fxt_wrong_token")
        #expect(exit == .code(1) && !report.healthy)
        #expect(report["spool"]?.action == "chmod o= \(site.home)/spool")
        #expect(report["credentials"]?.action == "chmod 600 \(site.home)/credentials.json")
        if text(of: site.home + "/run/nginx/nginx.conf").hasPrefix("user www-data;") {
            #expect(report["socket"]?.status == "failed")
            #expect(report["socket"]?.detail.contains("www-data") == true)
        }
        #expect(report["end to end"]?.status == "failed")
        for finding in report.findings {
            #expect((finding.action == nil) == ["ok", "skipped"].contains(finding.status), "\(finding)")
            #expect(!"\(finding)".contains(token.token) && !"\(finding)".contains("fxt_wrong_token"))
        }
        #expect(try doctor(site, []).output.contains("failed   credentials: "))
    }

    @Test func `a bridge that does not run, and a site that nginx does not know`() throws {
        let site = try TestSite(startsBridge: false)
        let config = site.home + "/plain.conf"
        try Data("events {}\nhttp { server { listen unix:\(site.home)/run/other.sock; } }\n".utf8)
            .write(to: URL(fileURLWithPath: config))
        let result = try doctor(site, ["--json"], config: config)
        #expect(result.exit == .code(1))
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report["site"]?.action?.contains("sites-enabled") == true)
        #expect(report["process"]?.action?.hasPrefix("systemctl start fx-bridge") == true)
        #expect(report["credentials"]?.status == "warning")

        try Data("events {}\nhttp { no_such_directive on; }\n".utf8).write(to: URL(fileURLWithPath: config))
        #expect(try doctor(site, [], config: config).output.contains("unknown directive \"no_such_directive\""))
    }

    @Test func `settings that are wrong are the only finding, and wrong usage is none`() throws {
        let site = try TestSite(startsBridge: false)
        try site.writeSettings(["log.levle": "debug"])
        let result = try doctor(site, ["--json"])
        #expect(result.exit == .code(1))
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report.findings.count == 1 && report["settings"]?.detail.contains("log.levle") == true)
        for arguments in [["--url", "http://x"], ["--operator", "ftp://x"], ["--url", "x", "--token-file", "-"]] {
            #expect(try site.fxctl(["doctor"] + arguments).exit == .code(2), "\(arguments)")
        }
    }

    private func examine(_ site: TestSite, token: String) throws -> (ChildProcess.Exit, Report) {
        let result = try doctor(
            site, ["--json", "--url", "http://127.0.0.1:\(site.port)", "--token-file", "-"], input: token + "\n")
        return (result.exit, try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)))
    }

    private func doctor(
        _ site: TestSite, _ arguments: [String], config: String? = nil, input: String? = nil
    ) throws -> CommandResult {
        try site.fxctl(
            [
                "doctor", "--operator", "unix:\(site.home)/run/operator.sock", "--nginx-prefix", site.home + "/",
                "--nginx-config", config ?? site.home + "/run/nginx/nginx.conf",
            ] + arguments, input: input)
    }
}
