import Foundation
import Testing

/// The systemd units as systemd's own tools judge them.
@Suite(.enabled(if: SystemdTools.canReview, "needs systemd-analyze of systemd 250 or newer"))
struct UnitFileTests {
    static let units = Checkout.root + "/deploy/systemd"

    /// In tenths: 10 is an exposure of 1.0.
    @Test(arguments: [("fx-bridge.service", 10), ("fx-runner.service", 25)])
    func `a service is exposed to little`(unit: String, tenthsLimit: Int) throws {
        let review = try CommandResult.run(
            "systemd-analyze",
            ["security", "--offline=true", "--no-pager", "--threshold=\(tenthsLimit)", Self.units + "/" + unit])
        #expect(review.output.contains("Overall exposure level for \(unit)"))
        #expect(review.exit == .code(0), "\(review.output.suffix(200))")
    }

    @Test func `systemd understands every line of every unit`() throws {
        let site = try TestRoot.current.path + "/units"
        try FileManager.default.createDirectory(atPath: site, withIntermediateDirectories: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.units).filter {
            $0.hasSuffix(".service") || $0.hasSuffix(".socket")
        }
        #expect(names.count >= 3)
        for name in names {
            // Neither the programs nor their man pages are installed here.
            let text = text(of: Self.units + "/" + name)
                .replacing(#/(?m)^ExecStart=.*$/#, with: "ExecStart=/bin/true").replacing(
                    #/(?m)^Documentation=.*\n/#, with: "")
            try Data(text.utf8).write(to: URL(fileURLWithPath: site + "/" + name))
        }
        let verdict = try CommandResult.run("systemd-analyze", ["verify"] + names.map { site + "/" + $0 })
        #expect(verdict.exit == .code(0))
        #expect(verdict.errors == "")
    }

    @Test func `systemd keeps as many connections as the bridge may have, and allows it descriptors for all`() throws {
        let unit = text(of: Self.units + "/fx-bridge.service")
        func number(_ key: String) -> Int? {
            unit.split(separator: "\n").first { $0.hasPrefix(key + "=") }.flatMap { Int($0.dropFirst(key.count + 1)) }
        }
        let settings = text(of: Checkout.root + "/deploy/fx-bridge.yaml")
        let limit = try #require(
            settings.firstMatch(of: #/(?m)^  connections_limit: (\d+)$/#).flatMap { Int($0.1) })
        #expect(try #require(number("FileDescriptorStoreMax")) >= limit)
        // Its own, and those it was handed.
        #expect(try #require(number("LimitNOFILE")) >= 2 * limit)
    }

    @Test(.enabled(if: (try? CommandResult.run("strace", ["-V"]).exit) == .code(0), "needs strace"))
    func `the bridge makes no system call that its unit forbids`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        // Not in the home, which the bridge watches: it would hear of each line.
        let trace = try TestRoot.current.path + "/trace"
        try site.startBridge(under: ["strace", "-D", "-f", "-o", trace])
        #expect(
            try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "a")]).status == 202)
        #expect(try site.get("/fx/cid/a", token: token).status == 200)
        _ = try site.makeToken()
        // Not before the tracer has written what the bridge did last.
        #expect(try site.stopBridge(seconds: 20) == .code(0))
        try waitUntil("the trace is complete") { text(of: trace).contains("+++ exited with 0 +++") }

        // 1234 openat(AT_FDCWD, …
        let made = Set(
            text(of: trace).split(separator: "\n").compactMap { $0.firstMatch(of: #/^\d+ +(\w+)\(/#)?.1 }.map(
                String.init))
        #expect(made.contains("fdatasync") && made.contains("epoll_wait"))
        let filters = text(of: Self.units + "/fx-bridge.service").matches(of: #/(?m)^SystemCallFilter=(~?)(.*)$/#)
        var allowed: Set<String> = []
        for filter in filters {
            let named = try filter.2.split(separator: " ").reduce(into: Set<String>()) {
                $0.formUnion(try Self.calls(of: String($1)))
            }
            if filter.1.isEmpty { allowed.formUnion(named) } else { allowed.subtract(named) }
        }
        // Made by root only, and for a socket of its own: systemd's bridge is neither.
        #expect(made.subtracting(allowed).subtracting(["chown", "fchown"]) == [])
    }

    /// The system calls of a group, and of the groups in it.
    private static func calls(of name: String) throws -> Set<String> {
        guard name.hasPrefix("@") else { return [name] }
        let listing = try CommandResult.run("systemd-analyze", ["--no-pager", "syscall-filter", name]).output
        return try listing.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") && $0 != name }
            .reduce(into: []) { $0.formUnion(try calls(of: $1)) }
    }
}

private enum SystemdTools {
    static let canReview =
        (try? CommandResult.run("systemd-analyze", ["security", "--help"]).output.contains("--offline")) == true
}
