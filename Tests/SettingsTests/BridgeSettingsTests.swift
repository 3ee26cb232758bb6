import Testing

@testable import Settings

func settings(
    _ text: String, environment: [String: String] = [:], flags: [String] = []
) throws -> BridgeSettings {
    try BridgeSettings(
        text: Array(text.utf8), path: "/etc/fx/fx-bridge.yaml", directory: "/etc/fx", environment: environment,
        flags: flags)
}

/// The problems of a text, each as its line.
func problems(_ text: String, environment: [String: String] = [:], flags: [String] = []) -> [String] {
    do {
        _ = try settings(text, environment: environment, flags: flags)
        return []
    } catch {
        return "\(error)".split(separator: "\n").map {
            String($0.hasPrefix("/etc/fx/fx-bridge.yaml:") ? $0.dropFirst("/etc/fx/fx-bridge.yaml:".count) : $0)
        }
    }
}

@Suite("Settings")
struct BridgeSettingsTests {
    @Test("of an empty file are the defaults")
    func defaults() throws {
        for text in ["", "# nothing\n", "---\n", "{}\n", "spool:\nlog: {}\nlimits: ~\n"] {
            let settings = try settings(text)
            #expect(settings.fastCGI.socketPath == "/etc/fx/run/fx-bridge.sock")
            #expect(settings.fastCGI.socketMode == 0o660)
            #expect(settings.fastCGI.socketGroup == nil)
            #expect(settings.fastCGI.workersCount == 4)
            #expect(settings.fastCGI.connectionsLimit == 8192)
            #expect(settings.fastCGI.peerTimeout == .seconds(30))
            #expect(settings.fastCGI.backlog == 1024)
            #expect(settings.spool.directory == "/etc/fx/spool")
            #expect(settings.spool.segmentBytes == 64 << 20)
            #expect(settings.spool.pendingBytesLimit == 64 << 20)
            #expect(settings.spool.pendingEventsLimit == 8192)
            #expect(settings.spool.freeBytesReserve == 64 << 20)
            #expect(settings.spool.retentionAge == .seconds(7 * 86_400))
            #expect(settings.spool.retentionBytes == 10 << 30)
            #expect(settings.index.file == "/etc/fx/spool/index.sqlite")
            #expect(settings.credentials.file == "/etc/fx/credentials.json")
            #expect(settings.events.genericType == "fx.events.generic.incoming")
            #expect(settings.events.genericSource == "/fx/events/generic")
            #expect(settings.events.webhookType == "fx.events.webhook.incoming")
            #expect(settings.events.webhookSource == "/fx/events/webhook")
            #expect(settings.limits.bodyBytes == 10 << 20)
            #expect(settings.limits.jsonDepth == 128)
            #expect(settings.limits.eventSourceBytes == 1024)
            #expect(settings.limits.eventTypeBytes == 255)
            #expect(settings.process.pidFile == "/etc/fx/run/fx-bridge.pid")
            #expect(settings.process.drainTimeout == .seconds(10))
            #expect(settings.log.level == .info)
        }
    }

    @Test("take the file's word over the default, and the environment's over the file's")
    func precedence() throws {
        let text = """
            spool: {directory: /var/spool/fx}
            log:
              level: debug
            fastcgi:
              socket_mode: "0600"
              socket_group: 'www-data'
            """
        let file = try settings(text)
        #expect(file.spool.directory == "/var/spool/fx")
        #expect(file.log.level == .debug)
        #expect(file.fastCGI.socketMode == 0o600)
        #expect(file.fastCGI.socketGroup == "www-data")

        let environment = [
            "FX_SPOOL_DIRECTORY": "other", "FX_LOG_LEVEL": "error", "FX_FASTCGI_SOCKET_GROUP": "", "PATH": "/bin",
            "FX_TEST_DATA": "x", "FX_TEST_ANYTHING": "x", "FX_CONFIG": "x",
        ]
        let both = try settings(text, environment: environment)
        #expect(both.spool.directory == "/etc/fx/other")
        #expect(both.log.level == .error)
        #expect(both.fastCGI.socketGroup == nil)
        #expect(both.fastCGI.socketMode == 0o600)
    }

    @Test("understand a key with a dot as one in a section")
    func dotted() throws {
        #expect(try settings("log.level: error\n").log.level == .error)
        #expect(problems("log.level: error\nlog:\n  level: info\n").first?.contains("stands on line 1 already") == true)
    }

    @Test("say line and column of an unknown key, and what there is instead")
    func unknownKeys() {
        #expect(
            problems("index:\n  path: x\n") == ["2:3: unknown key \"index.path\"; there are index.file"])
        let unknownSection = problems("spol:\n  directory: x\n")
        #expect(unknownSection.count == 1)
        #expect(
            unknownSection.first?.hasPrefix("2:3: unknown key \"spol.directory\"; there are fastcgi, spool,") == true)
        #expect(problems("spool:\n  directory:\n    a: b\n").first?.contains("\"spool.directory.a\"") == true)
        #expect(problems("spol:\n").first?.hasPrefix("1:1: unknown key \"spol\"") == true)
    }

    @Test("refuse a key that stands twice, naming both places")
    func duplicates() {
        #expect(
            problems("log:\n  level: info\n  level: debug\n") == ["3:3: \"log.level\" stands on line 2 already"])
        #expect(problems("log:\n  level: info\nlog:\n  level: info\n").count == 2)
    }

    @Test("report all that is wrong at once")
    func allAtOnce() {
        let found = problems(
            "fastcgi:\n  workers: 65\n  backlog: many\nlog: debug\nx: y\n",
            environment: ["FX_WORKERS": "1", "FX_LOG_LEVEL": "loud"])
        #expect(found.count == 6)
        #expect(found.contains("2:3: \"fastcgi.workers\" is \"65\" and must be a whole number from 1 to 64"))
        #expect(found.contains("4:1: \"log\" is a section: its members go on lines of their own, indented below it"))
        #expect(
            found.contains(
                "environment variable FX_WORKERS: names no setting; variables that begin with FX_ must"))
    }

    @Test(
        "refuse YAML that a settings file has no use for",
        arguments: [
            ("log: &a\n  level: info\n", "anchors and tags"), ("log:\n  level: &a info\n", "anchors and tags"),
            ("log:\n  level: !!str info\n", "anchors and tags"), ("a: &x info\nlog:\n  level: *x\n", "aliases"),
            ("log:\n  level: [info]\n", "lists"), ("log:\n  level: info\n---\nlog:\n  level: info\n", "documents"),
            ("? [a]\n: b\n", "plain names"), ("a: {b: {c: {d: {e: 1}}}}\n", "this deep"),
            ("- a\n", "sections with members"),
            ("text", "sections with members"), ("log:\n\tlevel: info\n", "not YAML"),
            ("log: {level: info\n", "not YAML"),
            ("log:\n  level: \"info\n", "not YAML"), ("log: \u{1}\n", "not YAML"),
        ])
    func unsupported(text: String, words: String) {
        #expect(problems(text).contains { $0.contains(words) }, "\(problems(text))")
    }

    @Test("refuse bytes that are no UTF-8, and nesting without end")
    func hostile() {
        #expect(throws: SettingsError.self) {
            try BridgeSettings(text: [0x61, 0x3A, 0x20, 0xFF, 0xFE], path: "x", directory: "/", environment: [:])
        }
        #expect(!problems(String(repeating: "[", count: 5000)).isEmpty)
        #expect(!problems(String(repeating: "a: {", count: 500)).isEmpty)
    }

    @Test("want a value where a key is named")
    func missingValues() {
        for text in ["log:\n  level:\n", "log:\n  level: ~\n", "log:\n  level: null\n", "log:\n  level: {}\n"] {
            #expect(problems(text).first?.contains("\"log.level\" must be one of trace, debug") == true)
        }
    }

    @Test(
        "hold every value against its bounds",
        arguments: [
            (
                "fastcgi.workers", ["1", "64"],
                ["0", "65", "-1", "+4", "4.0", "0x4", "4 ", "four", "99999999999999999999"]
            ),
            (
                "spool.segment_bytes", ["64KiB", "4GiB", "65536", "65 KiB", "65536B"],
                ["63KiB", "5GiB", "64MB", "64 ", "-1"]
            ),
            ("fastcgi.peer_timeout", ["1s", "1000ms", "10m"], ["30", "999ms", "11m", "1.5s", "9999999999999999999d"]),
            ("spool.retention_age", ["0s", "1m", "90d", "36500d"], ["0", "-1d", "36501d", "1w", "forever"]),
            ("spool.retention_bytes", ["0", "1", "1024TiB"], ["1025TiB", "10GB"]),
            ("fastcgi.socket_mode", ["0660", "660", "0777"], ["", "66", "0o660", "0680", "1777", "00660", "+660"]),
            ("fastcgi.socket", ["a", "/run/a.sock"], ["", "a\u{7}", String(repeating: "a", count: 108)]),
            ("fastcgi.socket_group", ["", "www-data"], ["a b", String(repeating: "a", count: 33)]),
            ("events.generic_type", ["a", "ä"], ["", String(repeating: "a", count: 256)]),
            ("events.generic_source", ["/a", "urn:x:y", "https://a/b?c#d"], ["", "a b", "ä", "<a>"]),
            ("log.level", ["trace", "critical"], ["", "INFO", "warn"]),
            ("process.drain_timeout", ["0s", "10m"], ["601s"]),
        ])
    func bounds(key: String, good: [String], bad: [String]) throws {
        let definition = try #require(SettingDefinition.all.first { $0.key == key })
        var settings = BridgeSettings(directory: "/")
        for text in good { #expect(definition.store(text, &settings), "\(key): \(text)") }
        for text in bad { #expect(!definition.store(text, &settings), "\(key): \(text)") }
    }

    @Test("want room for the largest event among those that wait")
    func contradiction() throws {
        let found = problems("limits:\n  body_bytes: 128MiB\n")
        #expect(found.count == 1)
        #expect(
            found.first?.contains("\"spool.pending_bytes_limit\" must not be less than \"limits.body_bytes\"") == true)
        _ = try settings("limits:\n  body_bytes: 128MiB\nspool:\n  pending_bytes_limit: 128MiB\n")
    }

    @Test("in a directory too deep for a unix socket want another path, and take one")
    func longDirectory() throws {
        let directory = "/" + String(repeating: "d", count: 120)
        func read(_ text: String) throws -> BridgeSettings {
            try BridgeSettings(text: Array(text.utf8), path: "x", directory: directory, environment: [:])
        }
        #expect(throws: SettingsError.self) { try read("") }
        #expect(try read("fastcgi:\n  socket: /run/fx.sock\n").fastCGI.socketPath == "/run/fx.sock")
    }

    @Test("are read from a file, with paths relative to it")
    func file() throws {
        let deployed = try BridgeSettings.read(path: deployedSettingsPath, environment: [:])
        #expect(deployed.directory.hasSuffix("/deploy"))
        #expect(deployed.spool.directory == deployed.directory + "/spool")
        #expect(throws: SettingsError.unreadable(path: "/nowhere/x.yaml", errno: 2)) {
            try BridgeSettings.read(path: "/nowhere/x.yaml", environment: [:])
        }
        #expect(throws: SettingsError.tooLarge(path: "/dev/zero", bytesLimit: SettingsText.bytesLimit)) {
            try BridgeSettings.read(path: "/dev/zero", environment: [:])
        }
        #expect(ProcessEnvironment.variables()["PATH"] != nil)
    }
}
