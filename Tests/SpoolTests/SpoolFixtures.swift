import DurableIO
import Foundation
import Spool

/// A directory of its own for one test, gone afterwards. In memory where the machine can: thousands of synchronizations
/// are simulated here, none is measured.
final class TemporaryDirectory: Sendable {
    let path: String

    /// - Parameter isMade: false where the test makes it.
    init(isMade: Bool = true) throws {
        let memory = "/dev/shm"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        path = parent + "/fx-spool-test-\(UUID().uuidString)"
        if isMade { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
    }

    deinit {
        for path in [path, path + ".partial"] { try? FileManager.default.removeItem(atPath: path) }
    }

    var layout: SpoolLayout { SpoolLayout(root: path) }
    var events: String { layout.events }
    var quarantine: String { layout.quarantine }

    func bytes(_ relative: String) throws -> [UInt8] {
        let file = try LinuxDisk().openFileForReading(path + "/" + relative)
        var bytes: [UInt8] = []
        _ = try file.read(into: &bytes, at: 0, count: Int(try file.size()))
        return bytes
    }

    func write(_ relative: String, _ bytes: [UInt8]) throws {
        let target = path + "/" + relative
        if FileManager.default.fileExists(atPath: target) { try FileManager.default.removeItem(atPath: target) }
        _ = try LinuxDisk().createFile(target).append(bytes.span.bytes)
    }

    /// Commit files, which stand beside every segment, are left out.
    func names(_ relative: String) throws -> [String] {
        try LinuxDisk().names(in: path + "/" + relative).filter { !$0.hasSuffix(SegmentName.commitsSuffix) }.sorted()
    }
}

/// `{"sequence":"00000000000000000000","n":<text>` and where its digits begin.
func record(_ text: String) -> (line: [UInt8], sequenceOffset: Int) {
    let head = #"{"sequence":""#
    return (Array("\(head)00000000000000000000\",\"n\":\(text)".utf8), head.utf8.count)
}

func group(_ texts: [String]) -> CommitGroup {
    var group = CommitGroup()
    for text in texts {
        let (line, offset) = record(text)
        group.add(line, sequenceOffset: offset)
    }
    return group
}

extension LogAppender {
    convenience init(
        _ directory: TemporaryDirectory, segmentBytes: UInt64 = 1 << 20, disk: any Disk = LinuxDisk()
    ) throws {
        try self.init(
            directory: directory.events, quarantine: directory.quarantine,
            options: LogOptions(segmentBytes: segmentBytes, reserveBytes: 0), disk: disk)
    }

    @discardableResult
    func append(_ texts: String...) throws -> UInt64 {
        var records = group(texts)
        return try append(&records)
    }
}

/// What a reader found, in a form that a test can write down.
func readAll(_ directory: TemporaryDirectory, from sequence: UInt64 = 1, limit: LogPosition? = nil) throws -> [String] {
    let reader = LogReader(directory: directory.events, disk: LinuxDisk(), from: sequence)
    var found: [String] = []
    while true {
        switch try reader.next(limit: limit) {
        case .record(let sequence, let range):
            let line = String(decoding: reader.buffer[range], as: UTF8.self)
            let value = line.split(separator: "\"n\":")[1].split(separator: ",\"crc32c\"")[0]
            found.append("\(sequence):\(value)")
        case .damaged(let damage): found.append("damaged line \(damage.line) at \(damage.offset)")
        case .missing(let range): found.append("missing \(range.lowerBound)..<\(range.upperBound)")
        case .end: return found
        }
    }
}
