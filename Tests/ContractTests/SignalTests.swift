import Foundation
import Testing

/// What the signals do to a running fx-bridge, and what it tells systemd.
@Suite struct SignalTests {
    @Test func `SIGHUP takes over what may change, and says what may not`() throws {
        let site = try TestSite(settings: ["limits.json_depth": "4", "log.level": "notice"])
        let token = try site.makeToken().token
        let bridge = try #require(site.bridge)
        #expect(try site.post("/fx/events/generic", "[[[[[1]]]]]", token: token).status == 400)
        #expect(!site.bridgeLog.contains(" info request "))

        try site.writeSettings([
            "limits.json_depth": "5", "log.level": "info", "limits.body_bytes": "1KiB", "fastcgi.workers": "7",
        ])
        bridge.send(SIGHUP)
        try waitUntil("it is said") { site.bridgeLog.contains("the settings were read again") }
        #expect(
            site.bridgeLog.contains("changed=\"limits.body_bytes=1KiB, limits.json_depth=5, log.level=info\""),
            "\(site.bridgeLog)")
        try waitUntil("and what may not") { site.bridgeLog.contains("need a restart settings=fastcgi.workers") }
        #expect(try site.post("/fx/events/generic", "[[[[[1]]]]]", token: token).status == 202)
        #expect(
            try site.post("/fx/events/generic", "[\"\(String(repeating: "a", count: 1024))\"]", token: token).status
                == 413)
        try waitUntil("requests are told of") { site.bridgeLog.contains(" info request ") }
    }

    /// Each setting that fx-bridge reads, and another value than its default or this test's.
    private static let otherValues = [
        "fastcgi.socket": "run/other.sock", "fastcgi.socket_mode": "\"0600\"", "fastcgi.socket_group": "other",
        "fastcgi.workers": "3", "fastcgi.connections_limit": "100", "fastcgi.peer_timeout": "31s",
        "fastcgi.backlog": "100", "spool.directory": "other", "spool.segment_bytes": "1MiB",
        "spool.pending_bytes_limit": "2MiB", "spool.pending_events_limit": "8191",
        "spool.free_bytes_reserve": "1MiB", "spool.retention_age": "8d", "spool.retention_bytes": "1GiB",
        "spool.compression": "zstd", "index.file": "other.sqlite", "status.waiters_limit": "10",
        "status.waiters_per_tenant_limit": "5", "status.heartbeat": "16s", "credentials.file": "other.json",
        "events.generic_type": "other.type", "events.generic_source": "/other", "events.webhook_type": "other.hook",
        "events.webhook_source": "/other/hook", "events.webhook_origins": "example.com", "events.webhook_rate": "7",
        "idempotency.window": "1h", "idempotency.keys_limit": "100000", "quarantine.age": "1d",
        "quarantine.bytes_per_key": "1MiB", "limits.body_bytes": "1MiB", "limits.json_depth": "5",
        "limits.event_source_bytes": "100", "limits.event_type_bytes": "100", "limits.batch_events": "1",
        "limits.failures_per_minute": "61", "limits.failures_burst": "101", "process.pid_file": "other.pid",
        "process.drain_delay": "1ms", "process.drain_timeout": "11s", "log.level": "debug", "log.format": "json",
        "log.file": "log/other.log", "log.sample": "2",
    ]

    @Test func `SIGHUP says of each setting whether it has changed or needs a restart, as config defaults does`() throws
    {
        struct Defaults: Decodable {
            struct Setting: Decodable {
                var key: String
                var live: Bool
            }
            var settings: [Setting]
        }
        let listing = try CommandResult.run(Checkout.products + "/fxctl", ["config", "defaults", "--json"]).output
        let settings = try JSONDecoder().decode(Defaults.self, from: Data(listing.utf8)).settings
            .filter { !$0.key.hasPrefix("runner.") }
        #expect(Set(settings.map(\.key)) == Set(Self.otherValues.keys))

        let site = try TestSite()
        // Not by the site's own way, which keeps to nginx's group.
        let sections = Dictionary(grouping: Self.otherValues) { $0.key.prefix { $0 != "." } }
        let yaml = sections.map { name, keys in
            "\(name):\n" + keys.map { "  \($0.key.dropFirst(name.count + 1)): \($0.value)\n" }.joined()
        }
        try Data(yaml.joined().utf8).write(to: URL(fileURLWithPath: site.config))
        try #require(site.bridge).send(SIGHUP)
        let other = site.home + "/log/other.log"
        func keys(_ member: String) -> Set<String> {
            let lines = text(of: other).split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            return lines.compactMap { $0[member] as? String }.reduce(into: []) { keys, list in
                keys.formUnion(list.components(separatedBy: ", ").map { String($0.prefix { $0 != "=" }) })
            }
        }
        let held = Set(settings.filter { !$0.live }.map(\.key))
        try waitUntil("it is told") { keys("settings").count >= held.count }
        #expect(keys("changed") == Set(settings.filter(\.live).map(\.key)))
        #expect(keys("settings") == held)
    }

    @Test func `names of events, the size of batches and the handshake are what the last SIGHUP has made them`() throws
    {
        let site = try TestSite()
        let token = try site.makeToken().token
        let bridge = try #require(site.bridge)
        try site.writeSettings([
            "events.generic_type": "com.example.other", "events.generic_source": "/other",
            "events.webhook_origins": "example.com", "events.webhook_rate": "7", "limits.batch_events": "1",
        ])
        bridge.send(SIGHUP)
        try waitUntil("it is told") { site.bridgeLog.contains("the settings were read again") }
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        let event = try #require(try site.spool.events().last)
        #expect(event["type"] == "com.example.other" && event["source"] == "/other")

        let item = #"{"specversion":"1.0","id":"ID","source":"/s","type":"com.x","data":1}"#
        func batch(_ ids: String...) throws -> Int {
            let body = "[" + ids.map { item.replacing("ID", with: $0) }.joined(separator: ",") + "]"
            let fields = [("Content-Type", "application/cloudevents-batch+json"), ("X-API-KEY", token)]
            return try site.send("POST", "/fx/events/generic", fields: fields, body: Array(body.utf8)).status
        }
        #expect(try batch("a") == 202)
        #expect(try batch("b", "c") == 400)

        func handshake(_ origin: String) throws -> HTTPReply {
            try site.send("OPTIONS", "/fx/events", fields: [("WebHook-Request-Origin", origin)])
        }
        #expect(try handshake("example.com").field("WebHook-Allowed-Rate") == "7")
        #expect(try handshake("example.org").field("WebHook-Allowed-Origin") == nil)
    }

    @Test func `a log file that cannot be opened is told of, and tried again with the next SIGHUP`() throws {
        let site = try TestSite()
        let bridge = try #require(site.bridge)
        try site.writeSettings(["log.file": "none/own.log"])
        bridge.send(SIGHUP)
        try waitUntil("it is told") { site.bridgeLog.contains("log.file cannot be opened") }
        try FileManager.default.createDirectory(atPath: site.home + "/none", withIntermediateDirectories: false)
        bridge.send(SIGHUP)
        try waitUntil("it is there") { text(of: site.home + "/none/own.log").contains("changed=\"log.file=") }
    }

    @Test func `settings with a fault change nothing, and the fault is told with its line`() throws {
        let site = try TestSite()
        let token = try site.makeToken().token
        let bridge = try #require(site.bridge)
        try site.writeSettings(["limits.json_depth": "none"])
        bridge.send(SIGHUP)
        try waitUntil("it is said") { site.bridgeLog.contains("the settings cannot be used; nothing was changed") }
        #expect(site.bridgeLog.contains("must be a whole number from 1 to 1024"))
        #expect(try site.post("/fx/events/generic", "[[1]]", token: token).status == 202)
    }

    @Test func `SIGUSR1 lets go of a log that was renamed, and no line is lost`() throws {
        let site = try TestSite(settings: ["log.file": "log/own.log", "log.format": "json"])
        let token = try site.makeToken().token
        let path = site.home + "/log/own.log"
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "before")])
        try waitUntil("the line is there") { text(of: path).contains("\"cid\":\"before\"") }
        #expect(rename(path, path + ".1") == 0)
        try #require(site.bridge).send(SIGUSR1)
        try waitUntil("there is a new file") { !text(of: path).isEmpty }
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "after")])
        try waitUntil("the line is there") { text(of: path).contains("\"cid\":\"after\"") }
        for line in (text(of: path) + text(of: path + ".1")).split(separator: "\n") {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
        #expect(!text(of: path + ".1").contains("\"cid\":\"after\""))
    }

    @Test func `the request id in the bridge's log is the one in nginx's`() throws {
        let site = try TestSite()
        let token = try site.makeToken().token
        let cid = freshCID()
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", cid)])
        let line = try eventually("the line is there") {
            site.bridgeLog.split(separator: "\n").first { $0.contains("cid=\(cid)") }
        }
        let id = try #require(line.split(separator: " ").first { $0.hasPrefix("id=") }?.dropFirst(3))
        #expect(id.count == 32)
        try waitUntil("nginx has written its line") { site.accessLog.contains("\"request_id\":\"\(id)\"") }
        #expect(!site.bridgeLog.contains(token) && !site.accessLog.contains(token))
    }

    @Test func `while it drains, readiness says so before the socket is closed`() throws {
        let site = try TestSite(settings: ["process.drain_delay": "60s"])
        let token = try site.makeToken().token
        let bridge = try #require(site.bridge)
        bridge.send(SIGTERM)
        try waitUntil("readiness says no") { try site.operatorReply("/readyz").status == 503 }
        #expect(try site.operatorReply("/readyz").text.contains(#"{"name":"serving","status":"failed""#))
        #expect(try site.operatorReply("/healthz").status == 200, "it lives")
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202, "and serves")
        bridge.send(SIGTERM)
        #expect(try bridge.wait(seconds: 20) == .code(0), "a second signal ends the delay")
    }

    @Test func `a second signal does not wait for a request that stands still`() throws {
        let site = try TestSite(settings: ["process.drain_timeout": "600s"])
        let token = try site.makeToken().token
        let bridge = try #require(site.bridge)
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        let stalled = try FastCGIConnection(site.socket)
        try stalled.writeHead(
            FastCGIRequest("POST", "/fx/events/generic", fields: [("X-API-KEY", token)], body: [0x31, 0x32]))
        try waitUntil("the bridge has read what was sent") { stalled.isAllReadByPeer }
        bridge.send(SIGTERM)
        try waitUntil("the bridge accepts no more") { (try? FastCGIConnection(site.socket)) == nil }
        #expect(!bridge.hasExited)
        bridge.send(SIGINT)
        #expect(try bridge.wait(seconds: 20) == .code(0))
        #expect(site.bridgeLog.contains("stopping at once"))
        #expect(try site.spool.events().count == 1)
    }

    @Test func `systemd hears of the start, of signs of life, of a reload and of the end`() throws {
        let site = try TestSite(startsBridge: false)
        let manager = try DatagramSocket(path: site.home + "/run/notify.sock")
        try site.startBridge(environment: [
            "NOTIFY_SOCKET": site.home + "/run/notify.sock", "WATCHDOG_USEC": "100000",
        ])
        // Connections that are left to systemd's keeping come in between.
        #expect(try manager.receive("READY=1") == "READY=1\nSTATUS=Accepting events.")
        for _ in 0..<3 { #expect(try manager.receive("WATCHDOG=1") == "WATCHDOG=1") }
        let bridge = try #require(site.bridge)
        bridge.send(SIGHUP)
        #expect(try manager.receive("RELOADING=1").hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        _ = try manager.receive("READY=1")
        bridge.send(SIGTERM)
        _ = try manager.receive("STOPPING=1")
        #expect(try bridge.wait() == .code(0))
    }

    @Test func `a flag overrules the environment, and a setting that is wrong ends the check with its place`() throws {
        let site = try TestSite(settings: ["log.level": "debug"], startsBridge: false)
        let bridge = Checkout.products + "/fx-bridge"
        func check(_ arguments: String...) throws -> CommandResult {
            try CommandResult.run(
                bridge, ["--config", site.config, "--check-config"] + arguments,
                environment: ["FX_LOG_FORMAT": "json"])
        }
        #expect(try check().exit == .code(0))
        #expect(try check("--set", "log.format=text", "--set", "limits.json_depth=9").exit == .code(0))
        let wrong = try check("--set", "limits.json_depth=0")
        #expect(wrong.exit == .code(1))
        #expect(wrong.errors.contains("--set limits.json_depth: "))
        try site.writeSettings(["log.levle": "debug"])
        let misspelt = try check()
        #expect(misspelt.exit == .code(1))
        #expect(misspelt.errors.contains("\(site.config):") && misspelt.errors.contains("unknown key \"log.levle\""))
    }
}

/// A socket to which somebody sends datagrams.
private final class DatagramSocket {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw HarnessError.io("bind", errno: errno) }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next datagram that begins so.
    func receive(_ prefix: String) throws -> String {
        while true {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw HarnessError.timeout("a datagram") }
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            if text.hasPrefix(prefix) { return text }
        }
    }
}
