import Glibc
import JSONText

/// A report on the log of executions, read by its form: each part is a range of the line's bytes.
///
/// What follows the log reads every report: this costs a tenth of ``RecordedExecution``. It knows exactly what
/// ``ExecutionReport`` writes, every member in its place and texts without escapes, and then says what
/// ``RecordedExecution`` would say. `data` is a reporter's, perhaps of a program that appends to a log by itself: it is
/// checked as any JSON is.
package struct ExecutionEnvelope: Sendable, Equatable {
    package let cid: Range<Int>
    package let executionID: Range<Int>
    package let service: Range<Int>
    package let status: ExecutionStatus
    package let datetime: Timestamp
    /// A number; nil for null.
    package let executionTime: Range<Int>?
    package let tenant: Range<Int>
    package let recordedTime: Timestamp
    package let data: JSONValue

    /// - Returns: nil where a complete line, with or without its newline, is of another form: ``RecordedExecution`` reads
    ///   it then, or refuses it.
    package init?(line bytes: [UInt8], in range: Range<Int>) {
        var line = FixedForm(bytes, in: range)
        guard line.takes("{\"cid\":\""), let cid = line.identifier(),
            line.takes("\",\"execution_id\":\""), let executionID = line.identifier(),
            line.takes("\",\"service\":\""), let service = line.plainText(),
            line.takes("\",\"status\":\""), let status = line.status(),
            line.takes("\",\"datetime\":\""), let datetime = line.timestamp(),
            line.takes("\",\"execution_time\":"), let executionTime = line.secondsOrNull(),
            line.takes(",\"fxtenant\":\""), let tenant = line.plainText(),
            line.takes("\",\"authid\":\""), line.plainText() != nil,
            line.takes("\",\"recordedtime\":\""), let recordedTime = line.timestamp(),
            line.takes("\",\"sequence\":\""), line.takesDigits(SpoolLine.sequenceDigits), line.takes("\""),
            line.takesMarks(), line.takes(",\"data\":"), let dataRange = line.upToTrailer(),
            // No line is deeper than it is long.
            let data = try? JSONScanner.validate(bytes, in: dataRange, depthLimit: dataRange.count)
        else { return nil }
        self.cid = cid
        self.executionID = executionID
        self.service = service
        self.status = status
        self.datetime = datetime
        self.executionTime = executionTime.isEmpty ? nil : executionTime
        self.tenant = tenant
        self.recordedTime = recordedTime
        self.data = data
    }
}

/// Moves through a line whose form is known.
private struct FixedForm {
    private let bytes: [UInt8]
    private let end: Int
    private var position: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        end = range.upperBound
        position = range.lowerBound
    }

    private var byte: UInt8 { position < end ? bytes[position] : 0 }

    mutating func takes(_ literal: StaticString) -> Bool {
        guard isNext(literal) else { return false }
        position += literal.utf8CodeUnitCount
        return true
    }

    private func isNext(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard end - position >= count else { return false }
        return unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return false }
            return unsafe memcmp(base + position, literal.utf8Start, count) == 0
        }
    }

    /// See ``IdentifierAlphabet/check(_:member:)``.
    mutating func identifier() -> Range<Int>? {
        let start = position
        while position < end, IdentifierAlphabet.contains(bytes[position]) { position += 1 }
        return (1...IdentifierAlphabet.bytesLimit).contains(position - start) ? start..<position : nil
    }

    /// Up to a quote; nil for a text with escapes, and for one beyond ASCII, whose UTF-8 would have to be checked.
    mutating func plainText() -> Range<Int>? {
        let start = position
        while position < end, bytes[position] != UInt8(ascii: "\"") {
            guard (0x20..<0x80).contains(bytes[position]), bytes[position] != UInt8(ascii: "\\") else { return nil }
            position += 1
        }
        return start..<position
    }

    mutating func status() -> ExecutionStatus? {
        if takes("completed") { return .completed }
        if takes("in progress") { return .inProgress }
        if takes("failed") { return .failed }
        if takes("pending") { return .pending }
        return takes("skipped") ? .skipped : nil
    }

    mutating func timestamp() -> Timestamp? {
        plainText().flatMap { Timestamp(rfc3339: bytes[$0]) }
    }

    /// `17` or `1.25`, what nearly all write; nil for other forms of a number, an empty range for null.
    mutating func secondsOrNull() -> Range<Int>? {
        let start = position
        if takes("null") { return start..<start }
        let isZero = byte == UInt8(ascii: "0")
        guard takesDigits(), !isZero || position == start + 1 else { return nil }
        if byte == UInt8(ascii: ".") {
            position += 1
            guard takesDigits() else { return nil }
        }
        return position - start <= ExecutionReport.executionTimeBytesLimit ? start..<position : nil
    }

    /// One digit or more.
    private mutating func takesDigits() -> Bool {
        let start = position
        while EventSource.isDigit(byte) { position += 1 }
        return position > start
    }

    /// Digits of a number below 2^63: it does not begin with a one.
    mutating func takesDigits(_ count: Int) -> Bool {
        let start = position
        guard byte == UInt8(ascii: "0") else { return false }
        return takesDigits() && position == start + count
    }

    /// What some lines have behind their sequence; see ``ExecutionReport`` and the spool's format of records.
    mutating func takesMarks() -> Bool {
        if takes(",\"fxbatchrest\":\"") {
            guard takesDigits(), takes("\"") else { return false }
        }
        _ = takes(",\"fxcidknown\":false")
        return true
    }

    /// The rest of the line but its last member, the checksum.
    mutating func upToTrailer() -> Range<Int>? {
        let lineEnd = end > position && bytes[end - 1] == UInt8(ascii: "\n") ? end - 1 : end
        let trailerBytes = 21
        guard lineEnd - position > trailerBytes else { return nil }
        let start = position
        position = lineEnd - trailerBytes
        defer { position = end }
        let trailer = position
        guard takes(",\"crc32c\":\"") else { return nil }
        for _ in 0..<8 {
            guard EventSource.isHexadecimalDigit(byte) else { return nil }
            position += 1
        }
        return takes("\"}") ? start..<trailer : nil
    }
}
