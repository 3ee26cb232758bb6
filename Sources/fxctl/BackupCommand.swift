import ArgumentParser
import DurableIO
import Settings
import Spool

/// `fxctl spool backup`: copies the spool while the bridge runs.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Makes a consistent copy of the spool; the bridge may run on meanwhile.",
        discussion: """
            The copy holds every event and report that was acknowledged when it began, and the cursors; the index is left
            out, the bridge builds it anew. It is on disk when the command ends, and is verified. To restore, put the copy
            where spool.directory points and start the bridge: its sequence numbers jump ahead then, so that they never
            meet those that the original has given since.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The directory to be made; it must not exist yet.") var directory: String

    func run() throws {
        let layout = try common.spoolLayout()
        let disk = LinuxDisk()
        let backup = try SpoolBackup(
            of: layout, to: directory, disk: disk, nowMicroseconds: LogEpoch.systemClock())
        var logs: [Answer.Log] = []
        for log in backup.logs {
            let path = directory + "/" + log.name
            logs.append(Answer.Log(log, try LogVerification(directory: path, disk: disk)))
        }
        let answer = Answer(directory: directory, whole: logs.allSatisfy(\.whole), logs: logs, cursors: backup.cursors)
        try common.answer(answer, orText: answer.text)
        guard answer.whole else { throw CommandError.copyDamaged }
    }

    /// ```json
    /// {"directory":"/backup/monday","whole":true,"cursors":1,"logs":[{"log":"events","segments":3,"records":42,
    ///  "bytes":47110,"nextSequence":43,"whole":true,"hash":"9f86…"}]}
    /// ```
    /// `hash` is what the log's chain ends with in the copy.
    struct Answer: Encodable {
        struct Log: Encodable {
            var log: String
            var segments: Int
            var records: Int
            var bytes: UInt64
            var nextSequence: UInt64
            var whole: Bool
            var hash: String

            init(_ copied: SpoolBackup.Log, _ verification: LogVerification) {
                log = copied.name
                segments = copied.segments
                records = verification.recordsCount
                bytes = copied.bytes
                nextSequence = copied.nextSequence
                whole = verification.isWhole
                hash = verification.hash.hexadecimal
            }
        }

        var directory: String
        var whole: Bool
        var logs: [Log]
        var cursors: Int

        var text: String {
            var lines = ["The spool is copied to \(directory), with \(cursors) cursors."]
            for log in logs {
                lines.append(
                    "\(log.log): \(log.records) records in \(log.segments) segments, \(log.bytes) bytes"
                        + (log.whole ? "" : "; damaged, as fxctl spool verify tells"))
                lines.append("  the chain ends with \(log.hash)")
            }
            return lines.joined(separator: "\n")
        }
    }
}

/// `fxctl spool new-epoch`: for a spool that was copied by other means than `fxctl spool backup`.
struct NewEpochCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-epoch", abstract: "Says that this spool is a copy whose original may go on.",
        discussion: """
            For a snapshot of a file system or a copy made with rsync: at the next start the sequence numbers of each log
            jump ahead, so that they never meet the original's. What fxctl spool backup has made says so by itself.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let logs = try SpoolBackup.markCopy(
            common.spoolLayout(), disk: LinuxDisk(), nowMicroseconds: LogEpoch.systemClock())
        try common.answer(
            ["logs": logs], orText: "At the next start a new epoch begins in \(logs.joined(separator: ", ")).")
    }
}
