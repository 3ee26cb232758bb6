import Foundation

/// Holds the events of a spool against a ledger, with code of its own.
///
/// The rule of the format that it knows: nothing counts in a segment from the first sequence of the next one on.
struct SpoolAudit {
    /// What must never be, in words; more than a few are only counted.
    private(set) var problems: [String] = []
    private(set) var eventsCount = 0
    /// Sequences between the first and the last that no line has.
    private(set) var gaps: [Range<UInt64>] = []
    /// How often each event of the ledger is there.
    private var copies: [Int]
    private var problemsCount = 0
    private var nextSequence: UInt64 = 1
    private let run: String

    private static let problemsLimit = 10

    init(of spool: String, against ledger: Ledger) throws {
        run = ledger.run
        copies = Array(repeating: 0, count: ledger.offeredCount)
        let folder = spool + "/events"
        let all = try FileManager.default.contentsOfDirectory(atPath: folder)
        let names = all.filter { $0.hasSuffix(".ndjson") }.sorted()
        for (index, name) in names.enumerated() {
            let end = index + 1 < names.count ? UInt64(names[index + 1].prefix(20)) ?? 0 : UInt64.max
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
            bytes.withUnsafeBytes { read($0, of: name, before: end) }
        }
    }

    /// Whether what senders were told is so.
    ///
    /// - Parameter fates: what they had been told at the latest moment that counts.
    mutating func check(_ fates: [Ledger.Fate]) {
        for (number, count) in copies.enumerated() {
            // What was offered later is as open as what was not answered.
            switch number < fates.count ? fates[number] : .open {
            case .accepted where count == 0: note("event \(number) was accepted and is not there")
            case .refused where count > 0: note("event \(number) was refused and is there")
            case .accepted, .refused, .open, .unknown: break
            }
            if count > 1 { note("event \(number) is there \(count) times") }
        }
    }

    /// Asks the bridge for each of these events.
    mutating func ask(_ site: FaultSite, for numbers: [Int]) throws {
        let unknown = try site.unknownEvents(among: numbers, run: run)
        for (number, status) in unknown { note("GET /fx/cid of event \(number) answers \(status)") }
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer, of name: String, before end: UInt64) {
        var start = 0
        while start < bytes.count, let base = bytes.baseAddress {
            guard let newline = memchr(base + start, 0x0A, bytes.count - start) else {
                // Legal only behind the last record of an abandoned segment.
                if nextSequence < end { note("\(name) has no newline at its end") }
                return
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<(UnsafeRawPointer(newline) - base)])
            start += line.count + 1
            take(RawLine(line), of: name, before: end)
        }
    }

    private mutating func take(_ line: RawLine?, of name: String, before end: UInt64) {
        // What a failed group left behind the last record may be anything.
        if nextSequence >= end { return }
        guard let line else { return note("\(name) holds a line behind sequence \(nextSequence) that is none") }
        if line.sequence >= end { return }
        if line.sequence < nextSequence { return note("\(name): sequence \(line.sequence) comes again") }
        if line.sequence > nextSequence { gaps.append(nextSequence..<line.sequence) }
        nextSequence = line.sequence + 1
        eventsCount += 1
        guard line.cid.hasPrefix(run + "-"), let number = Int(line.cid.dropFirst(run.count + 1)), number < copies.count
        else { return note("sequence \(line.sequence) was never offered: cid \(line.cid)") }
        copies[number] += 1
        let isSame = LedgerEvent(run: run, number: number).body.withUnsafeBytes { body in
            body.count == line.data.count && memcmp(body.baseAddress!, line.data.baseAddress!, body.count) == 0
        }
        if !isSame { note("event \(number) has another body") }
    }

    private mutating func note(_ problem: String) {
        problemsCount += 1
        if problems.count < Self.problemsLimit {
            problems.append(problem)
        } else if problems.count == Self.problemsLimit || problemsCount > Self.problemsLimit {
            problems = problems.prefix(Self.problemsLimit) + ["and \(problemsCount - Self.problemsLimit) more"]
        }
    }
}

/// A line of a segment whose checksum is right.
private struct RawLine {
    let sequence: UInt64
    let cid: String
    let data: UnsafeRawBufferPointer

    /// `{…,"correlationid":"…","sequence":"00000000000000000042",…,"data":…,"crc32c":"1a2b3c4d"}`; nil if it is not so.
    init?(_ line: UnsafeRawBufferPointer) {
        let trailerBytes = 21
        let end = line.count - trailerBytes
        guard end > 0, Self.find(#","crc32c":""#, in: line, from: end) == end,
            let stated = Self.text(line, end + 11, until: "\"").flatMap({ UInt32($0, radix: 16) }),
            stated == CRC32CTable.checksum(UnsafeRawBufferPointer(rebasing: line[..<end])),
            let cid = Self.member(#""correlationid":""#, of: line),
            let sequence = Self.member(#""sequence":""#, of: line).flatMap({ UInt64($0) }),
            let name = Self.find(#","data":"#, in: line, from: 0)
        else { return nil }
        self.cid = cid
        self.sequence = sequence
        data = UnsafeRawBufferPointer(rebasing: line[(name + 8)..<end])
    }

    private static func member(_ name: String, of line: UnsafeRawBufferPointer) -> String? {
        find(name, in: line, from: 0).flatMap { text(line, $0 + name.utf8.count, until: "\"") }
    }

    private static func text(_ line: UnsafeRawBufferPointer, _ start: Int, until end: String) -> String? {
        find(end, in: line, from: start).map { String(decoding: line[start..<$0], as: UTF8.self) }
    }

    private static func find(_ text: String, in line: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = line.baseAddress else { return nil }
        var text = text
        return text.withUTF8 { memmem(base + start, line.count - start, $0.baseAddress!, $0.count) }.map {
            UnsafeRawPointer($0) - base
        }
    }
}

/// glibc's, hidden from Swift behind `_GNU_SOURCE`.
@_silgen_name("memmem")
private func memmem(
    _ haystack: UnsafeRawPointer, _ length: Int, _ needle: UnsafeRawPointer, _ needleLength: Int
) -> UnsafeMutableRawPointer?

/// CRC-32C by a table (RFC 3720 §B.4): not the code under test.
private enum CRC32CTable {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0x82F6_3B78 : 0) }
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard var byte = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
        return table.withUnsafeBufferPointer { table in
            // Pointers and a bare loop: the tests are built without optimization, and read a hundred megabytes.
            let table = table.baseAddress!
            let end = byte + bytes.count
            var remainder = UInt32.max
            while byte < end {
                remainder = remainder >> 8 ^ table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte.pointee)]
                byte += 1
            }
            return ~remainder
        }
    }
}
