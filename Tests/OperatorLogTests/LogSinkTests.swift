import Foundation
import Glibc
import Logging
import Testing
import Threading

@testable import OperatorLog

@Suite struct LogSinkTests {
    @Test func `lines of many threads come whole, and each thread's in order`() throws {
        let taken = Taken()
        let sink = try taken.sink()
        let threads = try (0..<4).map { thread in
            try WorkerThread(name: "teller") {
                for number in 0..<500 {
                    sink.line(.info, "m") { line in
                        line.field("thread", thread)
                        line.field("number", number)
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        sink.stop()
        let lines = taken.lines
        #expect(lines.count == 2000)
        for thread in 0..<4 {
            let own = lines.filter { $0.contains("thread=\(thread) ") }
            #expect(own.map { $0.split(separator: "=").last } == (0..<500).map { Substring("\($0)") })
        }
    }

    @Test func `an output that stands still costs lines and no thread, and a line says how many`() throws {
        let gate = Monitor(false)
        let taken = Taken()
        let sink = try taken.sink(bufferBytesLimit: 1000) { _ = gate.wait { $0 ? true : nil } }
        for number in 0..<10_000 { sink.line(.info, "m") { $0.field("number", number) } }
        gate.update { isOpen in
            isOpen = true
            return .all
        }
        sink.stop()
        let lines = taken.lines
        let kept = lines.filter { $0.contains(" info m ") }.count
        #expect((1..<200).contains(kept))
        let lost = lines.filter { $0.contains("warning lines of the log were lost") }
            .compactMap { $0.split(separator: " ").first { $0.hasPrefix("lines=") }.flatMap { Int($0.dropFirst(6)) } }
        #expect(lost.reduce(kept, +) == 10_000)
    }

    @Test func `of what went well every tenth is a sample, or none, or each`() throws {
        for (sampling, count) in [(10, 10), (1, 100), (0, 0), (1000, 1)] {
            let sink = try Taken().sink(sampling: sampling)
            defer { sink.stop() }
            #expect((0..<100).count { _ in sink.takesSample() } == count)
        }
    }

    @Test func `the level may change while it runs, for the process's own messages too`() throws {
        let taken = Taken()
        let sink = try taken.sink(level: .warning)
        let logger = Logger(label: "x") { _ in OperatorLogHandler(sink: sink) }
        logger.notice("unheard")
        sink.level = .debug
        #expect(sink.isWritten(.debug) && !sink.isWritten(.trace))
        logger.debug("heard", metadata: ["b": "2\n", "a": "1"])
        sink.stop()
        #expect(taken.lines == [#"2026-01-02T03:04:05.678901Z debug heard a=1 b="2\u000a""#])
    }

    @Test func `a renamed file is let go of when the log is opened again`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/bridge.log"
        let sink = try LogSink(to: .file(path), format: .text, level: .info, clock: { moment })
        sink.line(.info, "first") { _ in }
        sink.flush()
        #expect(rename(path, path + ".1") == 0)
        sink.line(.info, "second") { _ in }
        sink.flush()
        sink.reopen()
        sink.flush()
        sink.line(.info, "third") { _ in }
        #expect(unlink(path) == 0 && mkdir(path, 0o700) == 0)
        sink.flush()
        sink.reopen()
        sink.stop()
        let old = try String(contentsOfFile: path + ".1", encoding: .utf8)
        #expect(old.contains("first") && old.contains("second") && !old.contains("third"))
        #expect(throws: LogError.self) { try LogSink(to: .file(path), format: .text, level: .info, clock: { moment }) }
    }

    @Test func `a file that cannot be opened again is written on, and says so`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/bridge.log"
        let sink = try LogSink(to: .file(path), format: .text, level: .info, clock: { moment })
        #expect(rename(path, path + ".1") == 0 && mkdir(path, 0o700) == 0)
        sink.reopen()
        sink.flush()
        sink.line(.info, "later") { _ in }
        sink.stop()
        let old = try String(contentsOfFile: path + ".1", encoding: .utf8)
        #expect(old.contains("error the log's file cannot be opened again") && old.contains("later"))
    }

    @Test func `the log moves to another place and another format while it runs, and no line is lost`() throws {
        let directory = try TemporaryDirectory()
        let (before, after) = (directory.path + "/before.log", directory.path + "/after.log")
        let sink = try LogSink(to: .file(before), format: .text, level: .info, clock: { moment })
        sink.line(.info, "one") { _ in }
        try sink.move(to: .file(after))
        sink.line(.info, "two") { _ in }
        sink.setFormat(.json)
        sink.line(.info, "three") { _ in }
        #expect(throws: LogError.self) { try sink.move(to: .file(directory.path + "/none/x.log")) }
        sink.line(.info, "four") { _ in }
        sink.reopen()
        sink.flush()
        sink.stop()
        func words(_ path: String) throws -> [String] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
                line.first == "{" ? "json" : line.split(separator: " ").last.map(String.init) ?? ""
            }
        }
        #expect(try words(before) == ["one"])
        // The last one says that the file was opened again.
        #expect(try words(after) == ["two", "json", "json", "json"])
    }

    @Test func `lines that a full disk took are counted in the next ones`() throws {
        let sink = try LogSink(to: .file("/dev/full"), format: .text, level: .info, clock: { moment })
        for _ in 0..<5 { sink.line(.info, "m") { _ in } }
        sink.stop()
        #expect(throws: LogError(call: "write", path: "/dev/full", errno: ENOSPC, writtenBytes: 0)) {
            try LogOutput(path: "/dev/full").write([1])
        }
    }

    @Test func `standard error is the journal only where its numbers say so`() {
        var facts = stat()
        #expect(fstat(2, &facts) == 0)
        #expect(LogOutput.isJournal("\(facts.st_dev):\(facts.st_ino)"))
        for other in [nil, "", "1:2", "\(facts.st_dev):\(facts.st_ino + 1)"] { #expect(!LogOutput.isJournal(other)) }
    }
}

/// Lines that a sink has written.
private final class Taken: Sendable {
    private let bytes = Monitor<[UInt8]>([])

    var lines: [String] {
        String(decoding: bytes.withLock { $0 }, as: UTF8.self).split(separator: "\n").map { String($0) }
    }

    func sink(
        level: Logger.Level = .info, sampling: Int = 1, bufferBytesLimit: Int = LogSink.bufferBytesLimit,
        before: @escaping @Sendable () -> Void = {}
    ) throws -> LogSink {
        try LogSink(
            to: .lines { fresh in
                before()
                self.bytes.withLock { $0 += fresh }
            }, format: .text, level: level, sampling: sampling, bufferBytesLimit: bufferBytesLimit, clock: { moment })
    }
}

/// A directory that goes with its last reference.
private final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/fx-log-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
