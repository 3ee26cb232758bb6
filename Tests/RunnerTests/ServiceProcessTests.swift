import Events
import Foundation
import Testing
import Threading

@testable import Runner

/// Real processes within real limits.
struct ServiceProcessTests {
    private let fixture: RunnerFixture
    private let watch: ProcessWatch
    private let errorLines = Monitor<[String]>([])

    init() throws {
        fixture = try RunnerFixture()
        mkdir(fixture.scratchRoot, 0o711)
        watch = try ProcessWatch()
    }

    private func job(
        _ script: String, payload: String = "{\"n\":1}", _ change: (inout Service) -> Void = { _ in }
    ) throws -> ServiceJob {
        let line = Array(
            """
            {"specversion":"1.0","id":"e-1","source":"/shop","type":"com.example","time":"2026-01-02T03:04:05.678901Z",\
            "datacontenttype":"application/json","correlationid":"cid-1","sequence":"00000000000000000042",\
            "fxtenant":"acme","authid":"t","recordedtime":"2026-01-02T03:04:05.678901Z","data":\(payload),\
            "crc32c":"00000000"}
            """.utf8)
        var service = Service(name: "s", command: ["sh", "-c", script], match: EventMatch(types: []))
        service.limits.grace = .milliseconds(200)
        change(&service)
        let event = try RecordedEvent(line: line)
        return ServiceJob(
            id: ExecutionID(event: event, service: service.name), service: service, event: event, line: line, attempt: 1
        )
    }

    private func run(_ job: ServiceJob) async -> RunEnd {
        let errorLines = errorLines
        let process = ServiceProcess(scratchRoot: fixture.scratchRoot, watch: watch) { _, _, note in
            errorLines.withLock { lines in
                switch note {
                case .errorLine(let line): lines.append(line)
                case .scratchLeft(let error): lines.append("left: \(error)")
                }
            }
        }
        return await process.run(job)
    }

    private func output(_ end: RunEnd) -> String { String(decoding: end.standardOutput, as: UTF8.self) }

    @Test func `the payload is standard input, without members that are FX's`() async throws {
        let end = await run(try job("cat", payload: "{\"n\":1,\"_fxcid\":\"forged\",\"secrets\":{}}"))
        #expect(end.termination == .exited(0))
        #expect(output(end) == "{\"n\":1}")
        #expect(end.nanoseconds > 0)
    }

    @Test func `a payload larger than any pipe comes whole, and so does the output`() async throws {
        let text = String(repeating: "x", count: 3 << 20)
        let end = await run(
            try job("wc -c; head -c 900000", payload: "\"\(text)\"") { $0.limits.outputBytes = 1 << 20 })
        #expect(output(end).hasPrefix("\(text.utf8.count + 2)"))
        let copied = await run(try job("head -c 1000000", payload: "\"\(text)\""))
        #expect(copied.standardOutput.count == 1_000_000)
    }

    @Test func `the environment says what it is about and holds nothing of the runner's`() async throws {
        setenv("RUNNER_SECRET", "hunter2", 1)
        let job = try job("env") { $0.environment = ["GREETING": "hi", "LANG": "de_DE"] }
        let lines = Set(output(await run(job)).split(separator: "\n").map(String.init))
        let scratch = fixture.scratchRoot + "/" + job.id.text
        #expect(
            lines.subtracting(["_=/usr/bin/env"]) == [
                "FX_CID=cid-1", "FX_EXECUTION_ID=\(job.id)", "FX_EVENT_ID=e-1", "FX_EVENT_TYPE=com.example",
                "FX_EVENT_SOURCE=/shop", "FX_TENANT=acme", "FX_SERVICE=s", "FX_ATTEMPT=1", "FX_SCRATCH=\(scratch)",
                "HOME=\(scratch)", "TMPDIR=\(scratch)", "PWD=\(scratch)", "PATH=\(Service.path)", "LANG=de_DE",
                "GREETING=hi",
            ])
    }

    @Test func `it has a directory of its own that is gone afterwards, whatever it left there`() async throws {
        let end = await run(try job("mkdir -p a/b/c; ln -s / a/root; : >a/b/f; chmod 500 a; pwd"))
        #expect(output(end).hasPrefix(fixture.scratchRoot + "/"))
        #expect(errorLines.withLock { $0 } == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.scratchRoot).isEmpty)
    }

    @Test func `the whole event is in a file where the service asks for it`() async throws {
        let job = try job("cat \"$FX_EVENT_FILE\"", payload: "{\"_fxcid\":\"as sent\"}") { $0.wantsEventFile = true }
        #expect(await run(job).standardOutput == job.line)
    }

    @Test func `standard error comes as lines, cut and counted`() async throws {
        let end = await run(
            try job(
                """
                printf 'one\\n\\033[2Jtwo\\nthree' >&2; head -c 200000 /dev/zero | tr '\\0' 'x' >&2
                """))
        #expect(end.termination == .exited(0) && end.standardOutput.isEmpty)
        let lines = errorLines.withLock { $0 }
        #expect(lines[0] == "one" && lines[1] == "\u{FFFD}[2Jtwo" && lines[2].hasPrefix("threexxx"))
        #expect(lines.allSatisfy { $0.utf8.count <= ErrorLines.lineBytesLimit })
        let kept = lines.dropLast().reduce(0) { $0 + $1.utf8.count }
        #expect(kept <= ErrorLines.bytesLimit)
        #expect(lines.last?.hasSuffix("further bytes were dropped)") == true)
    }

    @Test func `exit statuses and signals are told apart`() async throws {
        #expect(await run(try job("exit 3")).termination == .exited(3))
        #expect(await run(try job("kill -9 $$")).termination == .signalled(9))
        #expect(await run(try job("exit 75")).termination == .exited(75))
    }

    @Test func `the time limit asks first`() async throws {
        let job = try job("trap 'echo asked; exit 0' TERM; while :; do sleep 0.02; done") {
            $0.limits.time = .milliseconds(150)
            $0.limits.grace = .seconds(20)
        }
        let end = await run(job)
        #expect(end.cause == .timeLimit && end.termination == .exited(0))
        #expect(output(end) == "asked\n")
        #expect(ExecutionOutcome(end).status == .failed)
    }

    @Test func `the time limit makes it end, with all that it has started`() async throws {
        let marker = fixture.root + "/alive"
        let job = try job("trap '' TERM; (trap '' TERM; while :; do : >\(marker); sleep 0.02; done) & wait; sleep 60") {
            $0.limits.time = .milliseconds(200)
        }
        let end = await run(job)
        #expect(end.cause == .timeLimit && end.termination == .signalled(9))
        #expect(end.nanoseconds < 10_000_000_000)
        try await waitUntil("nobody makes the file any more") {
            unlink(marker)
            usleep(100_000)
            return !FileManager.default.fileExists(atPath: marker)
        }
    }

    @Test func `what is left running when it ends is ended too, and does not keep it`() async throws {
        // Far longer than a busy machine may take for the rest.
        let begin = ContinuousClock.now
        let end = await run(try job("sleep 600 & echo done"))
        #expect(output(end) == "done\n" && end.termination == .exited(0))
        // Also what has left the group and holds the pipes open.
        let escaped = await run(try job("setsid sleep 600 & echo $!"))
        let sleeper = try #require(pid_t(output(escaped).dropLast()))
        #expect(kill(sleeper, SIGKILL) == 0, "it has left the group: nobody but us ends it")
        #expect(ContinuousClock.now - begin < .seconds(500))
    }

    @Test func `the output limit ends it`() async throws {
        let end = await run(try job("yes | head -c 5000; sleep 60") { $0.limits.outputBytes = 4096 })
        #expect(end.cause == .outputLimit && end.standardOutput.count == 4096)
        #expect(String(decoding: ExecutionOutcome(end).data, as: UTF8.self) == "{\"error\":\"output-limit\"}")
        let exact = await run(try job("yes | head -c 4096") { $0.limits.outputBytes = 4096 })
        #expect(exact.cause == nil && exact.standardOutput.count == 4096)
    }

    @Test(.enabled(if: ServiceCatalog.executable(ServiceProcess.limiter) != nil, "prlimit is not installed"))
    func `the memory limit holds from the first instruction on`() async throws {
        let limit = 64 << 20
        #expect(
            output(await run(try job("ulimit -v") { $0.limits.memoryBytes = limit })) == "\(limit >> 10)\n")
        let hungry = await run(
            try job("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo ${#x}") {
                $0.limits.memoryBytes = limit
            })
        #expect(hungry.termination != .exited(0) && output(hungry).isEmpty)
    }

    @Test(.enabled(if: UserAccount.canSwitch, "only root can run services as others"))
    func `it runs as the user that is set, in a directory that is that user's`() async throws {
        let job = try job("id -un; id -G; echo x >\"$HOME/f\"; ls -ld . | cut -c1-10; cat \"$FX_EVENT_FILE\" | wc -l") {
            $0.user = "nobody"
            $0.wantsEventFile = true
        }
        let end = await run(job)
        let group = UserAccount(named: "nobody")?.groupID ?? 0
        #expect(output(end) == "nobody\n\(group)\ndrwx------\n0\n")
        // With a memory limit one program starts the other.
        let limited = await run(
            try self.job("id -un; ulimit -v") {
                $0.user = "nobody"
                $0.limits.memoryBytes = 64 << 20
            })
        #expect(output(limited) == "nobody\n65536\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.scratchRoot).isEmpty)
    }

    @Test func `what cannot be started says why`() async throws {
        for (change, reason) in [
            ({ $0.command = ["/no/such/program"] }, "there is no program /no/such/program that can be executed"),
            ({ $0.command = ["no-such-program"] }, "there is no program no-such-program that can be executed"),
            ({ $0.user = "no-such-user" }, "it cannot run as no-such-user"),
        ] as [((inout Service) -> Void, String)] {
            let end = await run(try job("true", change))
            #expect(end.termination == .notStarted(reason))
        }
        let nowhere = await run(try job("true") { $0.directory = "/no/such/directory" })
        guard case .notStarted = nowhere.termination else {
            Issue.record("it ran in no directory: \(nowhere)")
            return
        }
        #expect(ExecutionOutcome(nowhere).status == .failed)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.scratchRoot).isEmpty)
    }

    @Test func `a stop asks all that runs, and does not wait longer than their grace`() async throws {
        let job = try job("trap '' TERM; echo up; sleep 60")
        // Before it was handed to the watch nobody hears it: ask until it ends.
        let asking = Task.detached { [watch] in
            while !Task.isCancelled {
                watch.stopAll()
                usleep(20_000)
            }
        }
        let end = await run(job)
        asking.cancel()
        #expect(end.cause == .stop)
    }
}
