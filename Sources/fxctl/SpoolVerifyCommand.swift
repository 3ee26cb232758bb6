import ArgumentParser
import DurableIO
import Settings
import Spool

extension SpoolCommand {
    /// `fxctl spool verify`: holds every log against its checksums, its sequence numbers and its hash chain.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract:
                "Reads every log and tells exactly what is damaged. Repairs nothing; exit status 1 if something is.")

        @OptionGroup var common: CommonOptions

        @Option(help: ArgumentHelp("One log only: events, or executions/<writer>.", valueName: "log"))
        var log: String?

        func run() throws {
            let spool = try common.settings().spool.directory
            let disk = LinuxDisk()
            var reports: [LogReport] = []
            for name in try logs(in: SpoolLayout(root: spool), disk: disk) {
                reports.append(LogReport(name, try LogVerification(directory: spool + "/" + name, disk: disk)))
            }
            let isWhole = reports.allSatisfy(\.whole)
            try common.answer(
                Answer(whole: isWhole, logs: reports), orText: reports.map(\.text).joined(separator: "\n"))
            guard isWhole else { throw CommandError.spoolDamaged }
        }

        private func logs(in layout: SpoolLayout, disk: any Disk) throws -> [String] {
            if let log { return [log] }
            return ["events"] + (try layout.executionWriters(disk: disk)).map { "executions/" + $0 }
        }

        /// ```json
        /// {"whole":true,"logs":[{"log":"events","whole":true,"segments":1,"records":3,"bytes":8415,
        ///  "uncommittedBytes":0,"hash":"9f86…","findings":[],"findingsCount":0}]}
        /// ```
        struct Answer: Encodable {
            var whole: Bool
            var logs: [LogReport]
        }
    }

    struct LogReport: Encodable {
        var log: String
        var whole: Bool
        var segments: Int
        var records: Int
        var bytes: UInt64
        var uncommittedBytes: UInt64
        var hash: String
        var findings: [String]
        var findingsCount: Int

        init(_ name: String, _ verification: LogVerification) {
            log = name
            whole = verification.isWhole
            segments = verification.segmentsCount
            records = verification.recordsCount
            bytes = verification.bytes
            uncommittedBytes = verification.uncommittedBytes
            hash = verification.hash.hexadecimal
            findings = verification.findings.map(\.description)
            findingsCount = verification.findingsCount
        }

        var text: String {
            var lines = [
                "\(log): \(records) records in \(segments) segments, \(bytes) bytes: "
                    + (whole ? "whole" : "\(findingsCount) findings"),
                "  the chain ends with \(hash)",
            ]
            lines += findings.map { "  " + $0 }
            if findingsCount > findings.count { lines.append("  and \(findingsCount - findings.count) more") }
            return lines.joined(separator: "\n")
        }
    }
}
