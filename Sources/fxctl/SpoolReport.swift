import DurableIO
import Spool

/// What `fxctl spool stat` tells.
///
/// ```json
/// {"directory":"/var/lib/fx-bridge/spool","fileSystem":"ext4","availableBytes":1,"totalBytes":2,
///  "logs":[{"log":"events","segments":3,"bytes":4,"firstSequence":1,"nextSequence":43,"tailBytes":0}],
///  "quarantine":[{"file":"spool-events-…-at-17.torn","bytes":5}]}
/// ```
struct SpoolReport: Encodable {
    struct Log: Encodable {
        var log: String
        var segments: Int
        var bytes: UInt64
        var firstSequence: UInt64?
        var nextSequence: UInt64
        var tailBytes: UInt64
    }

    struct QuarantinedFile: Encodable {
        var file: String
        var bytes: UInt64
    }

    var directory: String
    var fileSystem: String
    var availableBytes: UInt64
    var totalBytes: UInt64
    var logs: [Log] = []
    var quarantine: [QuarantinedFile] = []

    init(directory: String, disk: any Disk) throws {
        self.directory = directory
        let facts = try disk.fileSystem(at: directory)
        fileSystem = facts.localName ?? "0x" + String(facts.magic, radix: 16)
        availableBytes = facts.availableBytes
        totalBytes = facts.totalBytes
        let layout = SpoolLayout(root: directory)
        logs.append(try Self.log("events", layout.events, disk))
        for writer in try layout.executionWriters(disk: disk) {
            logs.append(try Self.log("executions/" + writer, layout.executions(writer: writer), disk))
        }
        for name in try layout.quarantinedFiles(disk: disk) {
            let bytes = try disk.openFileForReading(layout.quarantine + "/" + name).size()
            quarantine.append(QuarantinedFile(file: name, bytes: bytes))
        }
    }

    var text: String {
        var rows = [["LOG", "SEGMENTS", "BYTES", "FIRST", "NEXT"]]
        for log in logs {
            let first = log.firstSequence.map { String($0) } ?? "-"
            rows.append([log.log, String(log.segments), String(log.bytes), first, String(log.nextSequence)])
        }
        var lines = [
            TextTable.text(rows), "",
            "\(directory) on \(fileSystem): \(availableBytes) of \(totalBytes) bytes are free",
        ]
        lines += quarantine.map { "set aside by recovery: quarantine/\($0.file), \($0.bytes) bytes" }
        return lines.joined(separator: "\n")
    }

    private static func log(_ name: String, _ directory: String, _ disk: any Disk) throws -> Log {
        let statistics = try LogStatistics(directory: directory, disk: disk)
        return Log(
            log: name, segments: statistics.segmentsCount, bytes: statistics.bytes,
            firstSequence: statistics.firstSequence, nextSequence: statistics.nextSequence,
            tailBytes: statistics.tailBytes)
    }
}
