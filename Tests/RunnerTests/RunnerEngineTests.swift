import DurableIO
import Events
import Foundation
import Spool
import Testing

@testable import Runner

struct RunnerEngineTests {
    private static let hello = "services: {hello: {command: [/bin/true], match: {types: [com.example.hello]}}}"
    private let services = ScriptedServices()

    @Test func `an event is announced, started and ended, each step on the log with what it carries`() async throws {
        let fixture = try RunnerFixture(services: Self.hello)
        services.script("hello", [RunEnd(.exited(0), standardOutput: Array("{\"rows\": 17}\n".utf8))])
        try await fixture.start(launcher: services.launcher)
        let cid = try fixture.submit(type: "com.example.hello", data: "{\"hello\":\"world\"}", tenant: "demo")
        _ = try await fixture.ends(count: 1)
        try await fixture.stop()

        let reports = try fixture.reports()
        #expect(reports.map(\.status) == [.pending, .inProgress, .completed])
        #expect(Set(reports.map(\.id)).count == 1)
        #expect(reports.allSatisfy { $0.cid == cid && $0.service == "hello" && $0.tenant == "demo" })
        #expect(reports[0].data == "{\"event_sequence\":1}")
        #expect(reports[1].data == "{\"event_sequence\":1,\"log_sequence\":1,\"attempt\":1,\"lost\":0}")
        #expect(reports[2].data == "{\"rows\": 17}")
        #expect(reports[2].executionTime == "0.000000")
        let job = try #require(services.jobs.first)
        #expect(job.id.text == reports[0].id)
        #expect(String(decoding: job.parameters, as: UTF8.self) == "{\"hello\":\"world\"}")
        // Both cursors are behind everything.
        #expect(try fixture.cursor("runner") == 2)
        #expect(try fixture.cursor("runner.log") == 4)
    }

    @Test func `a replayed event is executed like any other, and not taken for its original`() async throws {
        let fixture = try RunnerFixture(services: Self.hello)
        services.script("hello", [RunEnd(.exited(1)), RunEnd(.exited(0))])
        try await fixture.start(launcher: services.launcher)
        let cid = try fixture.submit(type: "com.example.hello", data: "{ \"n\": 1E400}")
        _ = try await fixture.ends(count: 1)
        let line = try #require(try RecordPicker(directory: fixture.layout.events, disk: LinuxDisk()).line(1))
        let time = Timestamp(microseconds: fixture.clock.withLock { $0 })
        try fixture.submit(try ReplayedEvent(line: line).spoolLine(id: "again", recordedTime: time, replay: "r1"))
        let ends = try await fixture.ends(count: 2)
        try await fixture.stop()
        #expect(ends.map(\.cid) == [cid, cid])
        #expect(ends.map(\.status) == [.failed, .completed])
        #expect(Set(ends.map(\.id)).count == 2)
        #expect(
            services.jobs.map { String(decoding: $0.parameters, as: UTF8.self) } == [
                "{ \"n\": 1E400}", "{ \"n\": 1E400}",
            ])
    }

    @Test func `one event runs every service that it matches, and no other`() async throws {
        let fixture = try RunnerFixture(
            services: """
                services:
                  first: {command: [/bin/true], match: {types: ["com.*"]}}
                  second: {command: [/bin/true], match: {types: [com.example.hello], sources: ["/shop/*"]}}
                  third: {command: [/bin/true], match: {types: [com.example.hello], data: {/n: {equals: 2}}}}
                """)
        for name in ["first", "second", "third"] { services.script(name, [RunEnd(.exited(0))]) }
        try await fixture.start(launcher: services.launcher)
        let both = try fixture.submit(type: "com.example.hello", source: "/shop/eu", data: "{\"n\":1}")
        let none = try fixture.submit(type: "org.example")
        let all = try fixture.submit(type: "com.example.hello", source: "/shop/us", data: "{\"n\":2}")
        let ends = try await fixture.ends(count: 5)
        try await fixture.stop()
        #expect(Set(ends.filter { $0.cid == both }.map(\.service)) == ["first", "second"])
        #expect(!ends.contains { $0.cid == none })
        #expect(Set(ends.filter { $0.cid == all }.map(\.service)) == ["first", "second", "third"])
        #expect(Set(ends.map(\.id)).count == 5)
    }

    @Test func `a first start begins with the events to come, a later one with those that came meanwhile`() async throws
    {
        let fixture = try RunnerFixture(services: Self.hello)
        services.script("hello", [RunEnd(.exited(0))])
        try fixture.submit(type: "com.example.hello", cid: "before")
        try await fixture.start(launcher: services.launcher)
        try fixture.submit(type: "com.example.hello", cid: "first")
        _ = try await fixture.ends(count: 1)
        try await fixture.stop()
        for number in 1...20 { try fixture.submit(type: "com.example.hello", cid: "stopped-\(number)") }
        try await fixture.start(launcher: services.launcher)
        let ends = try await fixture.ends(count: 21)
        try await fixture.stop()
        #expect(ends.map(\.cid) == ["first"] + (1...20).map { "stopped-\($0)" })
    }

    @Test func `a failed run is tried again when it is due, as often as its service says`() async throws {
        let fixture = try RunnerFixture(
            services: """
                services:
                  flaky:
                    command: [/bin/true]
                    match: {types: [t]}
                    retries: {attempts: 3, base: 10s, factor: 3, cap: 1m, jitter: 0}
                """)
        services.script("flaky", [RunEnd(.exited(3))])
        try await fixture.start(launcher: services.launcher)
        try fixture.submit(type: "t")
        try await waitUntil("the first run has failed") { try fixture.reports().count == 3 }
        #expect(try fixture.reports()[2].status == .inProgress)
        #expect(
            try fixture.reports()[2].data
                == "{\"event_sequence\":1,\"log_sequence\":1,\"attempt\":1,\"lost\":0,\"error\":\"exit-status\","
                + "\"exit_status\":3,\"retry_at\":\"2026-01-01T00:00:10.000000Z\"}")
        fixture.advanceClock(milliseconds: 9_999)
        fixture.advanceClock(milliseconds: 1)
        try await waitUntil("the second run has failed") { try fixture.reports().count == 5 }
        #expect(try fixture.reports()[4].data.contains("\"retry_at\":\"2026-01-01T00:00:40.000000Z\""))

        // A restart knows how often it was tried, and when it is due.
        try await fixture.stop()
        #expect(try fixture.cursor("runner") == 1)
        services.script("flaky", [RunEnd(.exited(0))])
        try await fixture.start(launcher: services.launcher)
        fixture.advanceClock(milliseconds: 29_999)
        #expect(services.jobs.count == 2)
        fixture.advanceClock(milliseconds: 1)
        let ends = try await fixture.ends(count: 1)
        try await fixture.stop()
        #expect(ends.map(\.status) == [.completed])
        #expect(services.jobs.map(\.attempt) == [1, 2, 3])
    }

    @Test func `an execution whose last run fails has failed`() async throws {
        let fixture = try RunnerFixture(
            services: "services: {a: {command: [/bin/true], match: {types: [t]}, retries: {attempts: 2, base: 1s}}}")
        services.script("a", [RunEnd(.exited(1))])
        try await fixture.start(launcher: services.launcher)
        try fixture.submit(type: "t")
        try await waitUntil("the first run has failed") { try fixture.reports().count == 3 }
        fixture.advanceClock(milliseconds: 1000)
        let ends = try await fixture.ends(count: 1)
        try await fixture.stop()
        #expect(ends.map(\.status) == [.failed])
        #expect(ends.map(\.data) == ["{\"error\":\"exit-status\",\"exit_status\":1}"])
        #expect(services.jobs.count == 2)
    }

    @Test func `a slow service with a long backlog neither blocks others nor fills the memory nor loses anything`()
        async throws
    {
        let fixture = try RunnerFixture(
            services: """
                services:
                  slow: {command: [/bin/true], match: {types: [slow]}, limits: {concurrency: 2}}
                  quick: {command: [/bin/true], match: {types: [quick]}, limits: {concurrency: 1}}
                """)
        services.script("quick", [RunEnd(.exited(0))])
        try await fixture.start(limits: RunLimits(concurrency: 3, backlog: 4), launcher: services.launcher)
        var slow: [String] = []
        for number in 0..<50 {
            slow.append(try fixture.submit(type: "slow", cid: "slow-\(number)"))
            try fixture.submit(type: "quick")
        }
        // All of the quick ones end though none of the slow ones does.
        let quick = try await fixture.ends(count: 50)
        #expect(quick.allSatisfy { $0.service == "quick" })
        #expect(services.running.count == 2)
        #expect(try fixture.reports().filter { $0.service == "slow" && $0.status == .pending }.count == 50)

        for done in 0..<50 {
            let job = try await eventually("slow job \(done) runs") { services.running.first }
            services.end(job.id, RunEnd(.exited(0)))
        }
        let ends = try await fixture.ends(count: 100).filter { $0.service == "slow" }
        try await fixture.stop()
        // First come, first served, each once.
        #expect(
            try fixture.reports().filter { $0.service == "slow" && $0.status == .inProgress }.map(\.cid) == slow)
        #expect(ends.count == 50 && Set(ends.map(\.id)).count == 50)
        #expect(try fixture.cursor("runner") == 101)
    }

    @Test func `what waits on the log is found again after a restart, once each, in its order`() async throws {
        let fixture = try RunnerFixture(
            services: "services: {slow: {command: [/bin/true], match: {types: [slow]}, limits: {concurrency: 1}}}")
        let limits = RunLimits(concurrency: 1, backlog: 3)
        try await fixture.start(limits: limits, launcher: services.launcher)
        let cids = try (0..<30).map { try fixture.submit(type: "slow", cid: "c\(100 + $0)") }
        for _ in 0..<7 {
            let job = try await eventually("a job runs") { services.running.first }
            services.end(job.id, RunEnd(.exited(0)))
            try await waitUntil("it has ended") { !services.running.contains { $0.id == job.id } }
        }
        try await waitUntil("all are announced") { try fixture.reports().filter { $0.status == .pending }.count == 30 }
        let last = try await eventually("a job runs") { services.running.first }
        services.end(last.id, RunEnd(.exited(0)))
        _ = try await fixture.ends(count: 8)
        // The ninth runs; it ends while the runner stops.
        let ninth = try await eventually("the ninth runs") { services.running.first }
        services.end(ninth.id, RunEnd(.exited(0)))
        services.script("slow", [RunEnd(.exited(0))])
        try await fixture.stop()
        let endedBefore = try fixture.ends().count

        try await fixture.start(limits: limits, launcher: services.launcher)
        let ends = try await fixture.ends(count: 30)
        try await fixture.stop()
        #expect(endedBefore < 30)
        #expect(ends.map(\.cid) == cids)
        #expect(services.jobs.map(\.event.cid.text) == cids)
    }

    @Test func `before there are events it waits for their directory, and hears when it comes`() async throws {
        let fixture = try RunnerFixture(services: Self.hello)
        services.script("hello", [RunEnd(.exited(0))])
        try fixture.submit(type: "com.example.hello")
        let aside = fixture.root + "/aside"
        #expect(rename(fixture.layout.events, aside) == 0)
        try await fixture.start(launcher: services.launcher)
        try await waitUntil("it waits") {
            fixture.log.all.contains { $0.contains("waiting for the spool's first event") }
        }
        #expect(rename(aside, fixture.layout.events) == 0)
        let ends = try await fixture.ends(count: 1)
        try await fixture.stop()
        #expect(ends.map(\.status) == [.completed])
        #expect(!fixture.log.all.contains { $0.contains("events are looked for every") })
    }

    @Test func `the drain's time changes while it runs`() async throws {
        let fixture = try RunnerFixture(services: "services: {long: {command: [sleep, \"600\"], match: {types: [t]}}}")
        try await fixture.start(drainMilliseconds: 3_600_000)
        try fixture.submit(type: "t")
        try await waitUntil("it runs") { try fixture.reports().contains { $0.status == .inProgress } }
        await withCheckedContinuation { continuation in
            fixture.settingsRequest(0) { continuation.resume() }
        }
        try await fixture.stop()
        #expect(fixture.log.all.contains { $0.contains("they are asked to end") })
    }

    @Test func `a stop lets what runs end and begins nothing new`() async throws {
        let fixture = try RunnerFixture(services: Self.hello)
        try await fixture.start(launcher: services.launcher)
        try fixture.submit(type: "com.example.hello")
        let job = try await eventually("it runs") { services.running.first }
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { [services] in
            services.end(job.id, RunEnd(.exited(0)))
        }
        try await fixture.stop()
        #expect(try fixture.ends().map(\.status) == [.completed])
    }

    @Test func `services are read again on change, and a broken file changes nothing and is told once`() async throws {
        let fixture = try RunnerFixture(services: Self.hello)
        services.script("hello", [RunEnd(.exited(0))])
        services.script("more", [RunEnd(.exited(0))])
        try await fixture.start(launcher: services.launcher)
        try fixture.write(services: "services:\n  hello: {comand: [x], match: {types: [t]}}\n")
        try await waitUntil("it is told") {
            fixture.log.all.contains { $0.contains("services.yaml:2:11: unknown key") }
        }
        fixture.reloadRequest()
        try fixture.submit(type: "com.example.hello")
        _ = try await fixture.ends(count: 1)
        #expect(fixture.log.all.filter { $0.contains("those known before stay in force") }.count == 1)

        try fixture.write(services: "services: {more: {command: [/bin/true], match: {types: [\"*\"]}}}")
        try await waitUntil("it is told") { fixture.log.all.contains { $0.contains("the services were read again") } }
        try fixture.submit(type: "com.example.hello")
        let ends = try await fixture.ends(count: 2)
        try await fixture.stop()
        #expect(ends.map(\.service) == ["hello", "more"])
    }

    @Test func `what waits for a service that is gone is skipped, and says so`() async throws {
        let fixture = try RunnerFixture(
            services: "services: {slow: {command: [/bin/true], match: {types: [t]}, limits: {concurrency: 1}}}")
        try await fixture.start(limits: RunLimits(concurrency: 4, backlog: 2), launcher: services.launcher)
        for _ in 0..<10 { try fixture.submit(type: "t") }
        let job = try await eventually("one runs") { services.running.first }
        try await waitUntil("all are announced") { try fixture.reports().filter { $0.status == .pending }.count == 10 }
        try fixture.write(services: "services:")
        let skipped = try await fixture.ends(count: 9)
        #expect(skipped.allSatisfy { $0.status == .skipped && $0.data == "{\"error\":\"service-removed\"}" })
        services.end(job.id, RunEnd(.exited(0)))
        _ = try await fixture.ends(count: 10)
        try await fixture.stop()
        #expect(try fixture.cursor("runner") == 11)
    }

    @Test func `an event that is too old for its service is skipped, and holds the cursor no longer`() async throws {
        let fixture = try RunnerFixture(
            services: "services: {a: {command: [/bin/true], match: {types: [t]}, expires: 1h}}")
        services.script("a", [RunEnd(.exited(0))])
        try await fixture.start(launcher: services.launcher)
        try await fixture.stop()
        try fixture.submit(type: "t")
        fixture.clock.withLock { $0 += 3_600_001_000 }
        try fixture.submit(type: "t")
        try await fixture.start(launcher: services.launcher)
        let ends = try await fixture.ends(count: 2)
        try await fixture.stop()
        #expect(ends.map(\.status).sorted { $0.rawValue < $1.rawValue } == [.completed, .skipped])
        #expect(ends.first { $0.status == .skipped }?.data == "{\"error\":\"expired\"}")
        #expect(try fixture.cursor("runner") == 3)
    }

    @Test func `the status file says what runs and waits, and how executions ended`() async throws {
        let fixture = try RunnerFixture(services: Self.hello)
        services.script("hello", [RunEnd(.exited(0)), RunEnd(.exited(1))])
        try await fixture.start(launcher: services.launcher)
        for _ in 0..<3 { try fixture.submit(type: "com.example.hello") }
        _ = try await fixture.ends(count: 3)
        try await fixture.stop()
        let status = try String(contentsOfFile: fixture.root + "/status", encoding: .utf8)
        #expect(status.contains("\"next_event\":4,\"oldest_event\":4,\"running\":0,\"waiting\":0,\"unwritten\":0,"))
        #expect(
            status.contains(
                "{\"service\":\"hello\",\"running\":0,\"waiting\":0,\"completed\":1,\"failed\":2,\"skipped\":0}"))
    }
}
