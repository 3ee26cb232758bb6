import DurableIO
import Glibc

/// The bytes of a record: one line of JSON that carries its sequence number and ends in its own checksum.
///
/// ```
/// {…,"sequence":"00000000000000000042",…,"crc32c":"1a2b3c4d"}\n
///                └── 20 digits ──────┘  └──── 22 bytes of trailer ──┘
/// ```
/// The checksum is CRC-32C over every byte of the line before `,"crc32c"`, in lower-case hexadecimal. A record of a batch
/// that others of it follow has `,"fxbatchrest":"0000000009"` right behind its sequence: how many.
package enum RecordFormat {
    package static let sequenceDigits = 20
    /// `,"crc32c":"` + 8 digits + `"}` + newline.
    package static let trailerBytes = 22
    /// `,"fxbatchrest":"` + 10 digits + `"`.
    static let batchRestBytes = 27

    private static let batchRestHead = Array(#","fxbatchrest":""#.utf8)
    private static let batchRestDigits = 10
    private static let trailerHead = Array(#","crc32c":""#.utf8)
    private static let trailerTail = Array("\"}\n".utf8)
    static let hexDigits = Array("0123456789abcdef".utf8)
    private static let sequenceMember = Array(#""sequence":""#.utf8)
    private static let newline = UInt8(ascii: "\n")

    /// Appends `line` (without its trailer) and room for the trailer, whose checksum ``stamp`` fills in.
    static func append(_ line: [UInt8], to buffer: inout [UInt8]) {
        buffer.append(contentsOf: line)
        appendTrailer(to: &buffer)
    }

    /// Appends a record of a batch.
    ///
    /// - Parameter batchRest: how many records of the same batch follow.
    static func append(_ record: LogRecord, batchRest: Int, to buffer: inout [UInt8]) {
        guard batchRest > 0 else { return append(record.line, to: &buffer) }
        // Behind the quote that ends the sequence.
        let end = record.sequenceOffset + sequenceDigits + 1
        buffer.append(contentsOf: record.line[..<end])
        buffer.append(contentsOf: batchRestHead)
        let digits = String(batchRest)
        buffer.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: batchRestDigits - digits.utf8.count))
        buffer.append(contentsOf: digits.utf8)
        buffer.append(UInt8(ascii: "\""))
        buffer.append(contentsOf: record.line[end...])
        appendTrailer(to: &buffer)
    }

    private static func appendTrailer(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: trailerHead)
        buffer.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 8))
        buffer.append(contentsOf: trailerTail)
    }

    /// Writes sequence number and checksum into the record at `range` of `buffer`.
    static func stamp(_ buffer: inout [UInt8], at range: Range<Int>, sequenceOffset: Int, sequence: UInt64) {
        write(sequence, digits: sequenceDigits, into: &buffer, at: range.lowerBound + sequenceOffset)
        let checkedEnd = range.upperBound - trailerBytes
        let checksum = unsafe CRC32C.checksum(buffer.span.bytes.extracting(range.lowerBound..<checkedEnd))
        for digit in 0..<8 {
            buffer[checkedEnd + trailerHead.count + digit] = hexDigits[Int(checksum >> UInt32(28 - 4 * digit)) & 0xF]
        }
    }

    /// Writes a number over `digits` bytes from `start` on, zeros in front.
    static func write(_ number: UInt64, digits: Int, into buffer: inout [UInt8], at start: Int) {
        var rest = number
        var index = start + digits
        while index > start {
            index -= 1
            buffer[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Checks a whole line, newline included, and gives its sequence number.
    package static func check(_ line: RawSpan) -> Result<UInt64, RecordFault> {
        let checkedEnd = line.byteCount - trailerBytes
        guard checkedEnd > 0, matches(line, at: checkedEnd, trailerHead),
            matches(line, at: line.byteCount - trailerTail.count, trailerTail)
        else { return .failure(.noTrailer) }
        var stated: UInt32 = 0
        for digit in 0..<8 {
            guard let value = hexValue(line.byte(checkedEnd + trailerHead.count + digit)) else {
                return .failure(.noTrailer)
            }
            stated = stated << 4 | UInt32(value)
        }
        let computed = CRC32C.checksum(line.extracting(0..<checkedEnd))
        guard stated == computed else { return .failure(.wrongChecksum(stated: stated, computed: computed)) }
        guard let sequence = sequence(in: line) else { return .failure(.noSequence) }
        return .success(sequence)
    }

    /// Whether the batch of a right line goes on behind it.
    static func isFollowedInBatch(_ line: RawSpan) -> Bool {
        guard let start = sequenceStart(in: line) else { return false }
        return matches(line, at: start + sequenceDigits + 1, batchRestHead)
    }

    /// The offset behind the first newline at or after `start`; nil if there is none.
    static func lineEnd(in bytes: RawSpan, from start: Int) -> Int? {
        index(of: newline, in: bytes, from: start).map { $0 + 1 }
    }

    /// The first `"sequence":"` is the record's own: a quote inside a JSON string is escaped, so no value before it can
    /// hold these bytes, and nothing nested stands before it.
    private static func sequence(in line: RawSpan) -> UInt64? {
        sequenceStart(in: line).flatMap { digits(line, at: $0) }
    }

    private static func sequenceStart(in line: RawSpan) -> Int? {
        // A line has some fifty quotes before it, and hardly a `q`.
        let (rarest, place) = (UInt8(ascii: "q"), 3)
        var start = place
        while let found = index(of: rarest, in: line, from: start) {
            if matches(line, at: found - place, sequenceMember) {
                let digitsStart = found - place + sequenceMember.count
                return digitsStart + sequenceDigits <= line.byteCount ? digitsStart : nil
            }
            start = found + 1
        }
        return nil
    }

    private static func index(of byte: UInt8, in bytes: RawSpan, from start: Int) -> Int? {
        unsafe bytes.withUnsafeBytes { buffer -> Int? in
            guard start < buffer.count, let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), buffer.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    private static func digits(_ line: RawSpan, at start: Int) -> UInt64? {
        var value: UInt64 = 0
        for index in start..<(start + sequenceDigits) {
            let digit = line.byte(index) &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    private static func matches(_ line: RawSpan, at offset: Int, _ expected: [UInt8]) -> Bool {
        guard offset >= 0, offset + expected.count <= line.byteCount else { return false }
        for index in expected.indices where line.byte(offset + index) != expected[index] { return false }
        return true
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension RawSpan {
    /// The byte at an offset, which must lie in the span.
    fileprivate func byte(_ offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}

/// What is wrong with the bytes where a record should be.
package enum RecordFault: Error, Equatable, Sendable {
    /// No newline before the end of the segment.
    case unterminated
    /// The line does not end in a checksum.
    case noTrailer
    case wrongChecksum(stated: UInt32, computed: UInt32)
    /// The checksum is right but there is no sequence number: not written by this product.
    case noSequence
    /// A right record that should not follow the one before it.
    case wrongSequence(expected: UInt64, found: UInt64)
}

extension RecordFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unterminated: "the line has no end"
        case .noTrailer: "the line does not end in a checksum"
        case .wrongChecksum(let stated, let computed):
            "the checksum says \(String(stated, radix: 16)), the bytes give \(String(computed, radix: 16))"
        case .noSequence: "the line has no sequence number"
        case .wrongSequence(let expected, let found): "sequence \(found) stands where \(expected) was due"
        }
    }
}
