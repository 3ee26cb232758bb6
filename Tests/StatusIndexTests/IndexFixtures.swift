import Glibc
import StatusIndex

/// A directory of its own for one test's index, removed with everything in it.
final class TemporaryIndex {
    let directory: String
    var path: String { directory + "/index.sqlite" }

    init() {
        var template = Array("/tmp/status-index-XXXXXX".utf8CString)
        directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        try? StatusIndexWriter.deleteIndex(at: path)
        rmdir(directory)
    }

    func writer() throws -> StatusIndexWriter { try StatusIndexWriter(path: path, create: true) }
    /// Looks before each read whether the file was replaced, so that no test has to wait for it.
    func reader() -> StatusIndexReader { StatusIndexReader(path: path, replacementCheckInterval: .zero) }
    func snapshot() throws -> StatusIndexSnapshot { try StatusIndexSnapshot(path: path) }
}

/// SplitMix64: the same numbers for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

func slice(_ text: String) -> ArraySlice<UInt8> { ArraySlice(text.utf8) }

/// A UUIDv7 of the millisecond `number`, counted from 2026, with nothing random in it.
func uuid7(_ number: Int) -> String {
    let milliseconds = hexadecimal(UInt64(1_767_225_600_000 + number), digits: 12)
    return "\(milliseconds.prefix(8))-\(milliseconds.suffix(4))-7000-8000-000000000001"
}

/// A UUIDv4 that `seed` alone decides.
func uuid4(_ seed: Int) -> String {
    var generator = SeededGenerator(seed: UInt64(seed))
    let head = hexadecimal(generator.next(), digits: 16)
    let tail = hexadecimal(generator.next(), digits: 15)
    return "\(head.prefix(8))-\(head.dropFirst(8).prefix(4))-4\(head.suffix(3))-8\(tail.prefix(3))-\(tail.suffix(12))"
}

func hexadecimal(_ number: UInt64, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
}

func event(
    _ sequence: UInt64, cid: String, id: String? = nil, tenant: String = "acme", type: String = "com.example.hello"
) -> EventRow {
    EventRow(
        sequence: sequence, tenant: slice(tenant), cid: slice(cid), id: slice(id ?? "event-\(sequence)"),
        type: slice(type), recordedMicroseconds: Int64(sequence) * 1000)
}

func report(
    _ sequence: UInt64, of executionID: String, cid: String, status: Int, recorded: Int64, tenant: String = "acme",
    service: String = "hello", executionTime: String? = nil, data: String? = nil
) -> ExecutionRow {
    ExecutionRow(
        sequence: sequence, tenant: slice(tenant), executionID: slice(executionID), cid: slice(cid),
        service: slice(service), status: status, datetimeMicroseconds: recorded - 5,
        executionTime: executionTime.map(slice), data: data.map(slice), recordedMicroseconds: recorded)
}

extension StatusIndexWriter {
    /// Applies rows where the log stands, and moves it behind them.
    func append(events: [EventRow]) throws {
        let position = try position(ofLog: "events")
        try apply(
            events: events, executions: [], log: "events", from: position,
            next: max(position, (events.map(\.sequence).max() ?? 0) + 1))
    }

    func append(executions: [ExecutionRow], log: String = "executions/bridge") throws {
        let position = try position(ofLog: log)
        try apply(
            events: [], executions: executions, log: log, from: position,
            next: max(position, (executions.map(\.sequence).max() ?? 0) + 1))
    }
}
