import Spool

/// What a log promises to senders and readers, kept in plain collections and held against what readers find.
struct LogModel {
    /// A promise that was not kept.
    struct Violation: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Texts of all lines that were ever submitted, by their number.
    private(set) var texts: [[UInt8]] = []
    /// Numbers of the acknowledged lines by sequence.
    private(set) var acknowledged: [UInt64: Int] = [:]
    private(set) var lastAcknowledged: UInt64 = 0
    /// Everything below may be gone, because it was trimmed.
    private(set) var trimmedBelow: UInt64 = 1
    /// Sequences whose bytes were changed behind the log's back: no longer due, but to be reported.
    private(set) var rotten: Set<UInt64> = []
    /// Nothing has gone wrong yet, so nothing may be damaged or missing.
    var isUndisturbed = true

    /// Which line somebody has seen under a sequence, and under which sequence a line was seen: forever.
    private var seen: [UInt64: Int] = [:]
    private var sequenceSeen: [Int: UInt64] = [:]
    /// Sequences that the follower is through with: what were acknowledged there now would never reach it.
    private var followedBelow: UInt64 = 1

    mutating func submit(_ text: String) -> Int {
        texts.append(Array(text.utf8))
        return texts.count - 1
    }

    mutating func acknowledge(_ lines: Range<Int>, first: UInt64) throws {
        guard first > lastAcknowledged else {
            throw Violation("sequence \(first) was acknowledged after \(lastAcknowledged)")
        }
        guard first >= followedBelow else {
            throw Violation("sequence \(first) was acknowledged, but the follower has passed \(followedBelow)")
        }
        var sequence = first
        for line in lines {
            try remember(line, at: sequence)
            acknowledged[sequence] = line
            lastAcknowledged = sequence
            sequence += 1
        }
    }

    mutating func trim(below sequence: UInt64) { trimmedBelow = max(trimmedBelow, sequence) }

    mutating func rot(_ sequence: UInt64) {
        rotten.insert(sequence)
    }

    /// Reads on to the end, and checks every step.
    ///
    /// - Parameters:
    ///   - remembers: what is found was shown to somebody for good.
    ///   - follows: the reader is the one that reads everything once.
    ///   - committedTo: no record from here on may be shown.
    ///   - isTailDue: what was acknowledged last must be found too.
    ///   - faultsCount: how many read faults have happened so far; a reader may fail for no other reason.
    mutating func read(
        _ reader: LogReader, limit: LogPosition?, remembers: Bool, follows: Bool = false, committedTo: UInt64,
        isTailDue: Bool = true,
        faultsCount: () -> Int
    ) throws {
        var due = reader.nextSequence
        var linesFound: Set<Int> = []
        while true {
            let faults = faultsCount()
            let step: LogReader.Step
            do {
                step = try reader.next(limit: limit)
            } catch {
                guard faultsCount() > faults else { throw Violation("a reader fails without a reason: \(error)") }
                continue
            }
            switch step {
            case .record(let sequence, let range):
                guard sequence == due else { throw Violation("a reader gives \(sequence) where \(due) is due") }
                guard sequence < committedTo else {
                    throw Violation("a reader shows \(sequence), which is not committed")
                }
                let line = try number(of: reader.buffer[range], sequence: sequence)
                guard linesFound.insert(line).inserted else { throw Violation("line \(line) is there twice") }
                try check(line, at: sequence)
                if remembers { try remember(line, at: sequence) }
                due += 1
            case .missing(let range):
                guard range.lowerBound == due, !range.isEmpty else {
                    throw Violation("a reader misses \(range) where \(due) is due")
                }
                try checkMissing(range)
                due = range.upperBound
            case .damaged(let damage):
                if isUndisturbed { throw Violation("damaged, with nothing wrong: \(damage)") }
            case .end:
                if isTailDue, due <= lastAcknowledged { try checkMissing(due..<lastAcknowledged + 1) }
                if follows { followedBelow = max(followedBelow, due) }
                return
            }
        }
    }

    private func checkMissing(_ range: Range<UInt64>) throws {
        for sequence in range where sequence >= trimmedBelow {
            if sequence > lastAcknowledged { break }
            if let line = acknowledged[sequence], !rotten.contains(sequence) {
                throw Violation("line \(line), acknowledged as \(sequence), is lost")
            }
        }
        if isUndisturbed, range.upperBound > trimmedBelow { throw Violation("\(range) missing, with nothing wrong") }
    }

    private func check(_ line: Int, at sequence: UInt64) throws {
        if let other = acknowledged[sequence], other != line {
            throw Violation("line \(line) stands at \(sequence), acknowledged to line \(other)")
        }
        if let other = seen[sequence], other != line {
            throw Violation("sequence \(sequence) was seen with line \(other) and is line \(line) now")
        }
        if let other = sequenceSeen[line], other != sequence {
            throw Violation("line \(line) was seen at \(other) and is at \(sequence) now")
        }
    }

    private mutating func remember(_ line: Int, at sequence: UInt64) throws {
        try check(line, at: sequence)
        seen[sequence] = line
        sequenceSeen[line] = sequence
    }

    /// Which of the submitted lines this is, to the last byte; its checksum is the reader's business.
    private func number(of record: ArraySlice<UInt8>, sequence: UInt64) throws -> Int {
        let start = record.startIndex + Self.textOffset
        let digits = record.dropFirst(Self.textOffset + 1).prefix { $0 != UInt8(ascii: ":") }
        guard let line = Int(String(decoding: digits, as: UTF8.self)), texts.indices.contains(line) else {
            throw Violation("a line that nobody submitted: \(String(decoding: record, as: UTF8.self))")
        }
        let sequenceText = String(sequence)
        let head =
            #"{"sequence":""# + String(repeating: "0", count: RecordFormat.sequenceDigits - sequenceText.utf8.count)
            + sequenceText + #"","n":"#
        guard record[..<start].elementsEqual(head.utf8),
            record[start...].starts(with: texts[line]),
            record.count == Self.textOffset + texts[line].count + RecordFormat.trailerBytes
        else { throw Violation("line \(line) is not whole: \(String(decoding: record, as: UTF8.self))") }
        return line
    }

    /// Bytes before the text in a line made by `record(_:)`.
    private static let textOffset = record("").line.count
}
