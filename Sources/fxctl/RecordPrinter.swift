import Spool

/// Prints the records of a log: line by line, or as the one document that `--json` promises.
///
/// ```json
/// {"log":"events","records":[{…},{…}],"next":43,"findings":["line 7, byte 4711: the checksum says …"]}
/// ```
struct RecordPrinter {
    private let selection: RecordSelection
    private let asDocument: Bool
    private var count = 0
    private var findings: [String] = []

    init(selection: RecordSelection, asDocument: Bool) {
        self.selection = selection
        self.asDocument = asDocument
    }

    /// Prints what a reader gave; false when there is enough.
    mutating func take(_ step: LogReader.Step, of reader: LogReader) throws -> Bool {
        switch step {
        case .record(_, let range):
            try print(reader.buffer[range])
            count += 1
            return count < selection.limit ?? .max
        case .damaged(let damage):
            note(damage.description)
            return true
        case .missing(let range):
            note("the sequences \(range.lowerBound) to \(range.upperBound - 1) are missing")
            return true
        case .end: return false
        }
    }

    /// Ends the document.
    ///
    /// - Throws: ``CommandError/logIncomplete`` if something had to be skipped.
    func finish(next: UInt64) throws {
        if asDocument {
            var text = count == 0 ? #"{"log":"\#(selection.log)","records":["# : ""
            text += #"],"next":\#(next),"findings":["#
            text += findings.map { "\"" + $0.replacing("\"", with: "\\\"") + "\"" }.joined(separator: ",")
            try write(text + "]}\n")
        }
        guard findings.isEmpty else { throw CommandError.logIncomplete(findingsCount: findings.count) }
    }

    private func print(_ line: ArraySlice<UInt8>) throws {
        guard asDocument else { return try write(String(decoding: line, as: UTF8.self)) }
        let prefix = count == 0 ? #"{"log":"\#(selection.log)","records":["# : ","
        try write(prefix + String(decoding: line.dropLast(), as: UTF8.self))
    }

    private mutating func note(_ finding: String) {
        findings.append(finding)
        if !asDocument { StandardStreams.write("fxctl: \(selection.log): \(finding)\n", to: .error) }
    }

    private func write(_ text: String) throws {
        guard StandardStreams.write(text, to: .output) else { throw CommandError.outputLost }
    }
}
