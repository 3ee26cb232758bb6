import DurableIO
import Events
import Foundation
import Spool
import Testing

@testable import Runner

/// What a start makes of a log that a killed runner has left. The log is written here as that runner would have.
struct RunnerRecoveryTests {
    private let services = ScriptedServices()

    private static func yaml(lost: String) -> String {
        "services: {a: {command: [/bin/true], match: {types: [t]}, lost: \(lost)}, "
            + "b: {command: [/bin/true], match: {types: [later]}}}"
    }

    /// A runner that was killed at the end of these steps of service a's execution of event 1.
    private func killed(_ fixture: RunnerFixture, after steps: [(ExecutionStatus, String)]) async throws {
        try await fixture.start(launcher: services.launcher)
        try await fixture.stop()
        let cid = try fixture.submit(type: "t")
        let reader = LogReader(directory: fixture.layout.events, disk: LinuxDisk(), from: 1)
        guard case .record(_, let range) = try reader.next() else {
            Issue.record("there is no event")
            return
        }
        let event = try RecordedEvent(line: Array(reader.buffer[range]))
        let id = ExecutionID(event: event, service: "a")
        let appender = try LogAppender(
            directory: fixture.layout.executions(writer: "runner"), quarantine: fixture.layout.quarantine,
            options: LogOptions(reserveBytes: 0), disk: LinuxDisk())
        for (status, data) in steps {
            let report = ExecutionReport(
                cid: try CorrelationID(cid), executionID: id.text, service: "a", status: status,
                data: Array(data.utf8))
            let line = report.spoolLine(tenant: "acme", authID: "fx-runner", recordedTime: event.recordedTime)
            var group = CommitGroup()
            group.add(line.bytes, sequenceOffset: line.sequenceOffset)
            _ = try appender.append(&group)
        }
    }

    private static let announced = (ExecutionStatus.pending, "{\"event_sequence\":1}")
    private static func started(attempt: Int = 1, lost: Int = 0) -> (ExecutionStatus, String) {
        (.inProgress, "{\"event_sequence\":1,\"log_sequence\":1,\"attempt\":\(attempt),\"lost\":\(lost)}")
    }

    private func restart(_ fixture: RunnerFixture) async throws -> [String: RunnerFixture.Report] {
        for name in ["a", "b"] { services.script(name, [RunEnd(.exited(0))]) }
        try fixture.submit(type: "later")
        try await fixture.start(launcher: services.launcher)
        let ends = try await fixture.ends(count: 2)
        try await fixture.stop()
        #expect(ends.count == 2)
        return Dictionary(ends.map { ($0.service, $0) }) { first, _ in first }
    }

    @Test func `what was announced and not begun runs, and its event is not announced again`() async throws {
        let fixture = try RunnerFixture(services: Self.yaml(lost: "rerun"))
        try await killed(fixture, after: [Self.announced])
        let ends = try await restart(fixture)
        #expect(ends["a"]?.status == .completed && ends["b"]?.status == .completed)
        #expect(try fixture.reports().filter { $0.status == .pending }.map(\.service) == ["a", "b"])
    }

    @Test func `an execution that ran is run again where its service allows it`() async throws {
        let fixture = try RunnerFixture(services: Self.yaml(lost: "rerun"))
        try await killed(fixture, after: [Self.announced, Self.started(attempt: 2)])
        let ends = try await restart(fixture)
        #expect(ends["a"]?.status == .completed)
        // The lost run is not one that failed.
        #expect(services.jobs(of: "a").map(\.attempt) == [2])
        #expect(try fixture.reports().contains { $0.data.hasSuffix("\"attempt\":2,\"lost\":1}") })
    }

    @Test func `an execution that ran is marked as lost where its service says so`() async throws {
        let fixture = try RunnerFixture(services: Self.yaml(lost: "fail"))
        try await killed(fixture, after: [Self.announced, Self.started()])
        let ends = try await restart(fixture)
        #expect(ends["a"]?.status == .failed && ends["a"]?.data == "{\"error\":\"lost\"}")
        #expect(services.jobs(of: "a").isEmpty)
        #expect(ends["b"]?.status == .completed)
    }

    @Test func `what takes the runner with it again and again is given up`() async throws {
        let fixture = try RunnerFixture(services: Self.yaml(lost: "rerun"))
        try await killed(fixture, after: [Self.announced, Self.started(lost: RunLimits.lostRuns)])
        let ends = try await restart(fixture)
        #expect(ends["a"]?.status == .failed && ends["a"]?.data == "{\"error\":\"lost\"}")
        #expect(services.jobs(of: "a").isEmpty)
    }

    @Test func `an execution that has ended never runs again, wherever the cursors are`() async throws {
        let fixture = try RunnerFixture(services: Self.yaml(lost: "rerun"))
        try await killed(fixture, after: [Self.announced, Self.started(), (.completed, "5")])
        services.script("b", [RunEnd(.exited(0))])
        try fixture.submit(type: "later")
        // The event's cursor still stands before it: the crash came before it was moved.
        #expect(try fixture.cursor("runner") == 1)
        try await fixture.start(launcher: services.launcher)
        _ = try await fixture.ends(count: 2)
        try await fixture.stop()
        #expect(services.jobs(of: "a").isEmpty)
        try await fixture.start(launcher: services.launcher)
        try fixture.submit(type: "none")
        try await fixture.stop()
        #expect(services.jobs.count == 1)
        #expect(try fixture.ends().count == 2)
    }

    @Test func `an execution whose event is gone has failed`() async throws {
        let fixture = try RunnerFixture(
            services: "services: {a: {command: [/bin/true], match: {types: [t]}}}")
        try await killed(fixture, after: [(.pending, "{\"event_sequence\":99}")])
        services.script("a", [RunEnd(.exited(0))])
        try await fixture.start(launcher: services.launcher)
        let ends = try await fixture.ends(count: 1)
        try await fixture.stop()
        #expect(ends.first?.status == .failed && ends.first?.data == "{\"error\":\"event-lost\"}")
    }

    @Test func `scratch directories of a killed runner are removed`() async throws {
        let fixture = try RunnerFixture()
        let left = fixture.scratchRoot + "/5c1f0a52-9d3e-8b7a-a4c6-0d1e2f3a4b5c/deep/er"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: fixture.root + "/elsewhere/kept", withIntermediateDirectories: true)
        symlink(fixture.root + "/elsewhere", left + "/link")
        try await fixture.start(launcher: services.launcher)
        try await fixture.stop()
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.scratchRoot).isEmpty)
        #expect(FileManager.default.fileExists(atPath: fixture.root + "/elsewhere/kept"))
    }
}
