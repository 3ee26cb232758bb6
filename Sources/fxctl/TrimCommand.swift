import ArgumentParser
import DurableIO
import Settings
import Spool
import StatusIndex

/// `fxctl spool trim`: what the bridge does by itself whenever a file of the spool is full, at once or with other limits.
struct TrimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trim", abstract: "Removes old events, by whole files; the two newest files always stay.",
        discussion: "A running bridge does not mind: it writes to the newest file only.")

    @OptionGroup var common: CommonOptions

    @Option(
        help: ArgumentHelp("Such as 36h or 7d; without it spool.retention_age.", valueName: "duration"),
        transform: Self.age)
    var olderThan: Duration?

    @Option(
        help: ArgumentHelp("Such as 10GiB; without it spool.retention_bytes.", valueName: "size"),
        transform: Self.size)
    var maxBytes: Int?

    @Flag(help: "Remove what registered consumers have not read, too.")
    var force = false

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    func run() throws {
        let settings = try common.settings()
        let age = olderThan ?? settings.spool.retentionAge
        let bytes = maxBytes ?? settings.spool.retentionBytes
        let policy = RetentionPolicy(
            ageSecondsLimit: age == .zero ? nil : age.components.seconds, bytesLimit: bytes == 0 ? nil : UInt64(bytes))
        let retention = SpoolRetention(of: SpoolLayout(root: settings.spool.directory), disk: LinuxDisk())
        let now = CommonOptions.nowSeconds
        let looks =
            dryRun
            ? retention.plan(policy, nowSeconds: now, force: force)
            : retention.apply(policy, nowSeconds: now, force: force)
        // The event log's; without it nothing was done.
        var report = TrimReport(try looks[0].trim.get(), isDryRun: dryRun)
        for look in looks.dropFirst() { report.executions.append(TrimReport.ExecutionLog(look)) }
        if !dryRun { report.forget(looks, index: settings.index.file) }
        try common.answer(report, orText: report.text)
        for case .success(let trim) in looks.map(\.trim) {
            if let failure = trim.failure { throw SpoolError.disk(failure) }
        }
        for look in looks { _ = try look.trim.get() }
    }

    private static func age(_ text: String) throws -> Duration {
        guard let duration = DurationText.parse(text), duration >= .seconds(1) else {
            throw ValidationError("--older-than must be a duration of at least 1s, such as 36h or 7d")
        }
        return duration
    }

    private static func size(_ text: String) throws -> Int {
        guard let bytes = SizeText.parse(text), bytes > 0 else {
            throw ValidationError("--max-bytes must be a size of at least 1, such as 10GiB or 1048576")
        }
        return bytes
    }
}

/// What `fxctl spool trim` tells.
///
/// ```json
/// {"dryRun":false,"log":"events","segments":3,"bytes":4096,"firstSequence":1,"lastSequence":42,"logBegin":43,
///  "heldSegments":2,"heldBytes":2048,"consumers":["relay"],"indexedEvents":42,
///  "executions":[{"log":"executions/runner","segments":1,"bytes":512,"heldSegments":0,"consumers":[]}]}
/// ```
/// `executions` are the logs of reports, which are trimmed behind the events. `consumers` are those that hold something back, or with `--force` lost something. `firstSequence` and `lastSequence`
/// are left out where nothing goes, `logBegin` where the log is empty; `indexError` says why rows stayed in the index.
struct TrimReport: Encodable {
    let dryRun: Bool
    let log = "events"
    let segments: Int
    let bytes: UInt64
    let firstSequence: UInt64?
    let lastSequence: UInt64?
    let logBegin: UInt64?
    let heldSegments: Int
    let heldBytes: UInt64
    let consumers: [String]
    private(set) var indexedEvents: Int64 = 0
    private(set) var indexError: String?
    var executions: [ExecutionLog] = []

    struct ExecutionLog: Encodable {
        let log: String
        var segments = 0
        var bytes: UInt64 = 0
        var heldSegments = 0
        var consumers: [String] = []
        var error: String?

        init(_ look: SpoolRetention.Look) {
            log = look.log
            switch look.trim {
            case .success(let trim):
                segments = trim.removed.segments
                bytes = trim.removed.bytes
                heldSegments = trim.held.segments
                consumers = trim.holders
                error = trim.failure?.description
            case .failure(let failure): error = failure.description
            }
        }

        var text: String {
            var parts: [String] = []
            if segments > 0 { parts.append("removed \(segments) files with \(bytes) bytes") }
            if heldSegments > 0 {
                parts.append("held back \(heldSegments) files, by \(consumers.joined(separator: ", "))")
            }
            if let error { parts.append(error) }
            return "\(log): " + (parts.isEmpty ? "nothing to remove" : parts.joined(separator: "; "))
        }
    }

    init(_ trim: LogTrim, isDryRun: Bool) {
        dryRun = isDryRun
        segments = trim.removed.segments
        bytes = trim.removed.bytes
        firstSequence = trim.removed.sequences?.lowerBound
        lastSequence = trim.removed.sequences.map { $0.upperBound - 1 }
        logBegin = trim.firstSequence
        heldSegments = trim.held.segments
        heldBytes = trim.held.bytes
        consumers = trim.holders
    }

    /// Removes the rows of what is gone from the index. Where that fails the bridge does it, at its next start or trim.
    mutating func forget(_ looks: [SpoolRetention.Look], index: String) {
        do {
            let writer = try StatusIndexWriter(path: index, create: false)
            for look in looks {
                guard let begin = (try? look.trim.get())?.firstSequence else { continue }
                let rows = try writer.remove(log: look.log, before: begin)
                if look.log == log { indexedEvents = rows }
            }
        } catch .missing {
            return
        } catch {
            indexError = "\(error)"
        }
    }

    var text: String {
        var lines: [String] = []
        if let firstSequence, let lastSequence {
            lines.append(
                "\(dryRun ? "Would remove" : "Removed") \(segments) files with \(bytes) bytes: the events \(firstSequence) "
                    + "to \(lastSequence).")
        } else {
            lines.append("There is nothing to remove.")
        }
        if heldSegments > 0 {
            lines.append(
                "Held back: \(heldSegments) files with \(heldBytes) bytes, by \(consumers.joined(separator: ", ")); "
                    + "see fxctl spool consumers, or use --force.")
        } else if !consumers.isEmpty {
            lines.append("Not all of it was read by \(consumers.joined(separator: ", ")).")
        }
        lines += executions.map(\.text)
        if let indexError {
            lines.append("The index still has rows of these events, until the bridge removes them: \(indexError)")
        }
        return lines.joined(separator: "\n")
    }
}
