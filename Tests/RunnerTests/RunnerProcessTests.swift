import DurableIO
import Events
import Foundation
import Settings
import Spool
import Testing

@testable import Runner

/// fx-runner as its operator starts, stops and kills it.
@Suite(.serialized) struct RunnerProcessTests {
    /// A running fx-runner.
    private final class Process {
        let pid: pid_t
        private(set) var status: Int32?

        /// - Parameter output: takes both streams, appended.
        init(_ arguments: [String], environment: [String: String] = [:], output: String) throws {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
            var argv = ([Self.executable] + arguments).map { strdup($0) } + [nil]
            // Where a sanitizer writes its reports.
            let sanitizer = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
            let variables =
                ["SECRET=hunter2"] + environment.merging(sanitizer) { $1 }.map { "\($0.key)=\($0.value)" }
            var envp = variables.map { strdup($0) } + [nil]
            defer { for pointer in argv + envp { free(pointer) } }
            var child: pid_t = 0
            guard posix_spawn(&child, Self.executable, &actions, nil, &argv, &envp) == 0 else {
                throw TimeIsUp(description: "\(Self.executable) cannot be started")
            }
            pid = child
        }

        deinit {
            guard status == nil else { return }
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }

        /// Waits for its end; the exit status, or 256 and the signal.
        func end() async throws -> Int32 {
            let waited = try await eventually("fx-runner ends") { () -> Int32? in
                var waited: Int32 = 0
                return waitpid(pid, &waited, WNOHANG) == pid ? waited : nil
            }
            let status = waited & 0x7F == 0 ? waited >> 8 & 0xFF : 256 + waited & 0x7F
            self.status = status
            return status
        }

        /// Beside the test bundle, which is what runs now.
        static let executable: String = {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
            let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let beside = path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/fx-runner"
            if FileManager.default.isExecutableFile(atPath: beside) { return beside }
            return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().path + "/.build/debug/fx-runner"
        }()
    }

    private func start(
        _ fixture: RunnerFixture, settings: String = "", environment: [String: String] = [:], _ more: [String] = []
    ) throws -> Process {
        let config = fixture.root + "/fx-bridge.yaml"
        try Data("spool: {free_bytes_reserve: 0}\n\(settings)".utf8).write(to: URL(fileURLWithPath: config))
        mkdir(fixture.root + "/run", 0o711)
        // What is real here is the clock, too.
        fixture.clock.withLock { $0 = Int64(Date().timeIntervalSince1970 * 1e6) }
        return try Process(["--config", config] + more, environment: environment, output: fixture.root + "/runner.log")
    }

    private func waitUntilReady(_ fixture: RunnerFixture, _ process: Process) async throws {
        try await waitUntil("fx-runner is ready") {
            let pid = try? String(contentsOfFile: fixture.root + "/run/fx-runner.pid", encoding: .utf8)
            return pid == "\(process.pid)\n"
        }
    }

    private func log(_ fixture: RunnerFixture) -> String {
        (try? String(contentsOfFile: fixture.root + "/runner.log", encoding: .utf8)) ?? ""
    }

    @Test func `killed again and again, it runs every event to one end and loses none`() async throws {
        // Each run leaves a mark; a run that was killed may leave one without an end.
        let fixture = try RunnerFixture()
        let marks = fixture.root + "/marks"
        try fixture.write(
            services: """
                services:
                  work:
                    command: [sh, -c, "echo $FX_CID >>\(marks); sleep 0.01; echo \\"\\\\\\"$FX_CID\\\\\\"\\""]
                    match: {types: [work]}
                    limits: {concurrency: 8}
                """)
        var process = try start(fixture)
        try await waitUntilReady(fixture, process)
        var cids: [String] = []
        for round in 0..<6 {
            for number in 0..<20 { cids.append(try fixture.submit(type: "work", cid: "c-\(round)-\(number)")) }
            try await waitUntil("some have ended") { try fixture.ends().count >= round * 12 + 3 }
            kill(process.pid, SIGKILL)
            #expect(try await process.end() == 256 + SIGKILL)
            process = try start(fixture)
            try await waitUntilReady(fixture, process)
        }
        let ends = try await fixture.ends(count: cids.count)
        kill(process.pid, SIGTERM)
        let status = try await process.end()
        #expect(status == 0)

        #expect(ends.count == cids.count)
        #expect(Set(ends.map(\.cid)) == Set(cids))
        #expect(ends.allSatisfy { $0.status == .completed && $0.data == "\"\($0.cid)\"" }, "\(ends)")
        // Runs beyond the first are of those that ran when it was killed, eight at most each time.
        let runs = try String(contentsOfFile: marks, encoding: .utf8).split(separator: "\n").count
        #expect(runs <= cids.count + 6 * 8)
        #expect(try fixture.cursor("runner") == UInt64(cids.count + 1))
    }

    @Test func `what a killed runner leaves running is ended before it runs again`() async throws {
        let fixture = try RunnerFixture()
        let alive = fixture.root + "/alive"
        try fixture.write(
            services: """
                services:
                  long:
                    command: [sh, -c, "if [ -e \(alive) ]; then echo again; else while :; do echo $$ >\(alive); sleep 0.02; done; fi"]
                    match: {types: [t]}
                """)
        var process = try start(fixture)
        try await waitUntilReady(fixture, process)
        try fixture.submit(type: "t")
        let orphan = try await eventually("it runs") {
            pid_t((try? String(contentsOfFile: alive, encoding: .utf8))?.dropLast() ?? "")
        }
        kill(process.pid, SIGKILL)
        _ = try await process.end()
        #expect(kill(orphan, 0) == 0)
        process = try start(fixture)
        let ends = try await fixture.ends(count: 1)
        #expect(ends.map(\.data) == ["\"again\\n\""])
        try await waitUntil("the orphan is gone") {
            // A zombie that nobody reaps in here is gone too.
            let state = try? String(contentsOfFile: "/proc/\(orphan)/stat", encoding: .utf8)
            return state.map { $0.contains(") Z ") } ?? true
        }
        kill(process.pid, SIGTERM)
        let status = try await process.end()
        #expect(status == 0)
        #expect(!FileManager.default.fileExists(atPath: fixture.root + "/run/fx-runner.pid"))
    }

    @Test func `a stop waits for what runs, asks it to end when the time is up, and runs it again next time`()
        async throws
    {
        let fixture = try RunnerFixture()
        let asked = fixture.root + "/asked"
        try fixture.write(
            services: """
                services:
                  long:
                    command: [sh, -c, "[ ! -e \(asked) ] || exit 0; trap ': >\(asked); exit 1' TERM; : >\(fixture.root)/up; while :; do sleep 0.02; done"]
                    match: {types: [t]}
                """)
        var process = try start(fixture, settings: "process: {drain_timeout: 200ms}\n")
        try await waitUntilReady(fixture, process)
        try fixture.submit(type: "t")
        try await waitUntil("it runs") { FileManager.default.fileExists(atPath: fixture.root + "/up") }
        kill(process.pid, SIGTERM)
        let status = try await process.end()
        #expect(status == 0)
        #expect(FileManager.default.fileExists(atPath: asked))
        #expect(try fixture.ends().isEmpty)
        process = try start(fixture)
        let ends = try await fixture.ends(count: 1)
        #expect(ends.map(\.status) == [.completed])
        // A stop is no loss: it does not count towards those that are given up.
        #expect(try fixture.reports().allSatisfy { !$0.data.contains("\"lost\":1") })
    }

    @Test func `only one runs on a spool`() async throws {
        let fixture = try RunnerFixture()
        let first = try start(fixture)
        try await waitUntilReady(fixture, first)
        let second = try start(fixture)
        #expect(try await second.end() == 1)
        #expect(log(fixture).contains("only one fx-runner can run on a spool"))
        let pid = try String(contentsOfFile: fixture.root + "/run/fx-runner.pid", encoding: .utf8)
        #expect(pid == "\(first.pid)\n")
    }

    @Test func `systemd hears of the start, of signs of life, of a reload and of the end`() async throws {
        let fixture = try RunnerFixture()
        let manager = try NotifySocket(path: fixture.root + "/notify")
        let process = try start(fixture, environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "100000"])
        try await manager.expect("READY=1\nSTATUS=Running services for events.")
        for _ in 0..<3 { try await manager.expect("WATCHDOG=1") }
        kill(process.pid, SIGHUP)
        try await manager.expect("RELOADING=1")
        try await manager.expect("READY=1")
        kill(process.pid, SIGTERM)
        try await manager.expect("STOPPING=1")
        #expect(try await process.end() == 0)
    }

    @Test func `SIGUSR1 lets go of a log that was renamed`() async throws {
        let fixture = try RunnerFixture()
        let path = fixture.root + "/own.log"
        let process = try start(fixture, settings: "runner: {log_file: own.log}\n")
        try await waitUntil("it logs there") { Self.text(path).contains(" ready ") }
        #expect(rename(path, path + ".1") == 0)
        kill(process.pid, SIGUSR1)
        try await waitUntil("there is a new file") { Self.text(path).contains("opened again") }
        kill(process.pid, SIGTERM)
        #expect(try await process.end() == 0)
        #expect(Self.text(path).contains(" stopped ") && !Self.text(path + ".1").contains(" stopped "))
        #expect(log(fixture) == "")
    }

    /// Each setting that fx-runner reads, and another value than its default.
    private static let otherValues = [
        "spool.directory": "other", "spool.segment_bytes": "1MiB", "spool.free_bytes_reserve": "1MiB",
        "process.drain_timeout": "11s", "runner.services_file": "other.yaml", "runner.concurrency": "17",
        "runner.backlog_limit": "1001", "runner.scratch_directory": "other", "runner.pid_file": "other.pid",
        "runner.status_file": "other.status", "runner.log_file": "other.log", "log.level": "debug",
        "log.format": "json",
    ]

    @Test func `SIGHUP says of each setting that it reads whether it has changed or needs a restart`() async throws {
        let definitions = SettingDefinition.all.filter { $0.isRead(by: .runner) }
        #expect(Set(definitions.map(\.key)) == Set(Self.otherValues.keys))
        let fixture = try RunnerFixture()
        let process = try start(fixture)
        try await waitUntilReady(fixture, process)
        let sections = Dictionary(grouping: Self.otherValues) { $0.key.prefix { $0 != "." } }
        let yaml = sections.map { name, keys in
            "\(name):\n" + keys.map { "  \($0.key.dropFirst(name.count + 1)): \($0.value)\n" }.joined()
        }
        try Data(yaml.joined().utf8).write(to: URL(fileURLWithPath: fixture.root + "/fx-bridge.yaml"))
        kill(process.pid, SIGHUP)
        let other = fixture.root + "/other.log"
        func keys(_ member: String) -> Set<String> {
            let lines = Self.text(other).split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            return lines.compactMap { $0[member] as? String }.reduce(into: []) { keys, list in
                keys.formUnion(list.components(separatedBy: ", ").map { String($0.prefix { $0 != "=" }) })
            }
        }
        let held = Set(definitions.filter { !$0.isLive }.map(\.key))
        try await waitUntil("it is told") { keys("settings").count >= held.count }
        #expect(keys("changed") == Set(definitions.filter(\.isLive).map(\.key)))
        #expect(keys("settings") == held)
        kill(process.pid, SIGTERM)
        #expect(try await process.end() == 0)
    }

    @Test func `SIGHUP with a fault in the settings changes nothing, and says so`() async throws {
        let fixture = try RunnerFixture()
        let process = try start(fixture)
        try await waitUntilReady(fixture, process)
        try Data("log: {level: loud}\n".utf8).write(to: URL(fileURLWithPath: fixture.root + "/fx-bridge.yaml"))
        kill(process.pid, SIGHUP)
        try await waitUntil("it is told") { log(fixture).contains("nothing was changed") }
        kill(process.pid, SIGTERM)
        #expect(try await process.end() == 0)
    }

    @Test func `it tells its version`() async throws {
        let fixture = try RunnerFixture()
        let process = try Process(["--version"], output: fixture.root + "/runner.log")
        #expect(try await process.end() == 0)
        #expect(log(fixture) == ProductVersion.text + "\n")
    }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    @Test func `the check tells what is wrong, and that nothing is`() async throws {
        let fixture = try RunnerFixture(services: "services: {a: {command: [no-such-program], match: {types: [t]}}}")
        #expect(try await start(fixture, ["--check"]).end() == 1)
        #expect(log(fixture).contains("service a: there is no program no-such-program that can be executed"))
        try fixture.write(services: "services: {a: {command: [true], match: {}}}")
        #expect(try await start(fixture, ["--check"]).end() == 1)
        #expect(log(fixture).contains("\"types\" is missing"))
        try fixture.write(services: "services: {a: {command: [\"true\"], match: {types: [t]}}}")
        #expect(try await start(fixture, ["--check"]).end() == 0)
        #expect(log(fixture).contains("1 services, nothing to complain about"))
        #expect(try await start(fixture, settings: "runner: {concurency: 1}\n", ["--check"]).end() == 1)
        #expect(log(fixture).contains("unknown key \"runner.concurency\""))
    }
}
