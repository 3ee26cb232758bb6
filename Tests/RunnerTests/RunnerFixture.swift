import DurableIO
import Events
import Foundation
import JSONText
import Logging
import Spool
import Testing
import Threading

@testable import Runner

/// A spool with a services.yaml, and a runner that works on it in this process.
final class RunnerFixture {
    let root: String
    let clock = Monitor<Int64>(1_767_225_600_000_000)
    let log = LogLines()
    private var events: LogAppender
    private var engineThread: WorkerThread?
    private let isStopped = Monitor(true)
    private var stopRequest: (@Sendable () -> Void)?
    private(set) var reloadRequest: @Sendable () -> Void = {}
    private(set) var settingsRequest: @Sendable (Int64, @escaping @Sendable () -> Void) -> Void = { $1() }

    var layout: SpoolLayout { SpoolLayout(root: root + "/spool") }
    var servicesPath: String { root + "/services.yaml" }
    var scratchRoot: String { root + "/scratch" }

    init(services: String = "services:") throws {
        let memory = "/dev/shm"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        root = parent + "/fx-runner-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root + "/spool", withIntermediateDirectories: true)
        // Services of other users must get through to their scratch directories.
        chmod(root, 0o711)
        let layout = SpoolLayout(root: root + "/spool")
        events = try LogAppender(
            directory: layout.events, quarantine: layout.quarantine, options: LogOptions(reserveBytes: 0),
            disk: LinuxDisk())
        try write(services: services)
    }

    deinit {
        stopRequest?()
        try? FileManager.default.removeItem(atPath: root)
    }

    func write(services: String) throws {
        try Data(services.utf8).write(to: URL(fileURLWithPath: servicesPath), options: .atomic)
    }

    /// Puts an event on the spool; gives its correlation id.
    @discardableResult
    func submit(
        type: String, source: String = "/test", data: String = "{}", tenant: String = "acme", cid: String? = nil
    ) throws -> String {
        let id = UUID().uuidString.lowercased()
        let time = Timestamp(microseconds: clock.withLock { $0 })
        let correlation = try CorrelationID(cid ?? id)
        let event = EventLine(
            id: id, source: EventSource(source), type: type, recordedTime: time,
            cid: correlation, tenant: tenant, authID: "test")
        let body = Array(data.utf8)
        try submit(event.spoolLine(data: .json(try JSONScanner.validate(body, depthLimit: 64)), of: body))
        return correlation.text
    }

    func submit(_ line: SpoolLine) throws {
        var group = CommitGroup()
        group.add(line.bytes, sequenceOffset: line.sequenceOffset)
        _ = try events.append(&group)
    }

    // MARK: - The runner

    /// Starts a runner; the one before must have stopped.
    func start(
        disk: any Disk = LinuxDisk(), limits: RunLimits = RunLimits(), drainMilliseconds: Int64 = 10_000,
        launcher: RunnerEngine.Launcher? = nil
    ) async throws {
        var options = RunnerOptions(layout: layout, servicesPath: servicesPath, scratchRoot: scratchRoot)
        options.limits = limits
        options.drainMilliseconds = drainMilliseconds
        options.statusPath = root + "/status"
        options.log = LogOptions(reserveBytes: 0)
        let clock = clock
        // Children of other tests that are between fork and exec share the lock of the one before for a moment.
        let engine = try await eventually("the runner's log is free") { [log] () throws -> EngineBox? in
            do throws(RunnerError) {
                return EngineBox(
                    try RunnerEngine(
                        options: options, disk: disk, logger: log.logger, nowMicroseconds: { clock.withLock { $0 } },
                        launcher: launcher))
            } catch .alreadyRunning {
                return nil
            }
        }
        stopRequest = engine.value.stopRequest
        reloadRequest = engine.value.reloadRequest
        settingsRequest = engine.value.settingsRequest
        isStopped.withLock { $0 = false }
        engineThread = try WorkerThread(name: "test-engine") { [isStopped] in
            engine.value.run()
            isStopped.withLock { $0 = true }
        }
    }

    /// Stops it in order.
    func stop() async throws {
        stopRequest?()
        try await waitUntil("the runner has stopped") { isStopped.withLock { $0 } }
        engineThread?.join()
        stopRequest = nil
        engineThread = nil
    }

    /// Lets time pass and the runner notice it.
    func advanceClock(milliseconds: Int64) {
        clock.withLock { $0 += milliseconds * 1000 }
        reloadRequest()
    }

    // MARK: - What it has written

    struct Report: Equatable {
        var cid: String
        var id: String
        var service: String
        var status: ExecutionStatus
        var data: String
        var executionTime: String?
        var tenant: String
    }

    /// All that stands on the runner's log.
    func reports() throws -> [Report] {
        let reader = LogReader(
            directory: layout.executions(writer: ExecutionJournal.writerName), disk: LinuxDisk(), from: 1)
        var reports: [Report] = []
        while true {
            let step = try reader.next()
            guard case .record(_, let range) = step else {
                if case .end = step { return reports }
                throw TimeIsUp(description: "the runner's log is not whole: \(step)")
            }
            let record = try RecordedExecution(line: reader.buffer, in: range)
            reports.append(
                Report(
                    cid: record.cid.text, id: record.executionID, service: record.service, status: record.status,
                    data: String(decoding: reader.buffer[record.data.range], as: UTF8.self),
                    executionTime: record.executionTime, tenant: record.tenant))
        }
    }

    /// Those that tell an end.
    func ends() throws -> [Report] { try reports().filter { ![.pending, .inProgress].contains($0.status) } }

    /// Waits until so many executions have ended, and gives their reports.
    func ends(count: Int) async throws -> [Report] {
        try await eventually("\(count) executions have ended") {
            let ends = try ends()
            return ends.count >= count ? ends : nil
        }
    }

    func cursor(_ name: String) throws -> UInt64 {
        try CursorStore(layout: layout, disk: LinuxDisk()).cursor(of: ConsumerName(name)).next
    }
}

/// The engine on its way to its thread, which is the only one that runs it.
private final class EngineBox: @unchecked Sendable {
    // Made by the test, used by the engine's thread once it exists.
    let value: RunnerEngine
    init(_ value: RunnerEngine) { self.value = value }
}

/// What the runner has logged.
final class LogLines: Sendable {
    private let lines = Monitor<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { [lines] _ in Handler(lines: lines) }
    }

    private struct Handler: LogHandler {
        let lines: Monitor<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let facts = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            lines.withLock { lines in
                lines.append(
                    "\(event.level) \(event.message) \(facts.map { "\($0.key)=\($0.value)" }.joined(separator: " "))")
            }
        }
    }
}

/// Services that end when the test says so.
final class ScriptedServices: Sendable {
    private struct State {
        var jobs: [ServiceJob] = []
        var waiting: [ExecutionID: CheckedContinuation<RunEnd, Never>] = [:]
        /// How jobs end at once, the first one first; the last one for all that follow.
        var ends: [String: [RunEnd]] = [:]
    }

    private let state = Monitor(State())

    /// Ends of a service's runs. Without any it runs until ``end(_:_:)``.
    func script(_ service: String, _ ends: [RunEnd]) { state.withLock { $0.ends[service] = ends } }

    var launcher: RunnerEngine.Launcher {
        { [state] job in
            await withCheckedContinuation { continuation in
                let end = state.withLock { state -> RunEnd? in
                    state.jobs.append(job)
                    guard var ends = state.ends[job.service.name], let end = ends.first else {
                        state.waiting[job.id] = continuation
                        return nil
                    }
                    if ends.count > 1 { ends.removeFirst() }
                    state.ends[job.service.name] = ends
                    return end
                }
                if let end { continuation.resume(returning: end) }
            }
        }
    }

    /// Ends a run that waits.
    func end(_ id: ExecutionID, _ end: RunEnd) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: end)
    }

    var jobs: [ServiceJob] { state.withLock { $0.jobs } }
    var running: [ServiceJob] { state.withLock { state in state.jobs.filter { state.waiting[$0.id] != nil } } }
    func jobs(of service: String) -> [ServiceJob] { jobs.filter { $0.service.name == service } }
}

struct TimeIsUp: Error, CustomStringConvertible {
    let description: String
}

/// Asks again and again until there is an answer.
///
/// Without blocking a thread: services are run by the very threads that tests run on.
func eventually<Value>(_ what: String, seconds: Double = 60, _ probe: () throws -> Value?) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if let value = try probe() { return value }
        guard ContinuousClock.now < deadline else { throw TimeIsUp(description: "it did not come to pass: \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

func waitUntil(_ what: String, seconds: Double = 60, _ condition: () throws -> Bool) async throws {
    _ = try await eventually(what, seconds: seconds) { try condition() ? true : nil }
}
