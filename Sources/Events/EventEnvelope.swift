import Glibc

/// The attributes of an event on the spool as raw slices, read without looking at what is the sender's.
///
/// What follows the log reads every event: this costs a tenth of ``RecordedEvent``, which parses and checks it all. It
/// knows what ``EventLine`` writes: an object without white space between tokens whose first members are strings and
/// ours, `recordedtime` the last of them.
package struct EventEnvelope: Sendable {
    package let id: ArraySlice<UInt8>
    package let type: ArraySlice<UInt8>
    package let cid: ArraySlice<UInt8>
    package let tenant: ArraySlice<UInt8>
    package let recordedTime: Timestamp
    /// See ``EventLine/claim``.
    package let claim: ArraySlice<UInt8>?

    /// - Returns: nil where the line is not of that form, or where an attribute needs unescaping:
    ///   ``RecordedEvent`` reads it then.
    package init?(line bytes: [UInt8], in range: Range<Int>) {
        var id: Range<Int>?
        var type: Range<Int>?
        var cid: Range<Int>?
        var tenant: Range<Int>?
        var recorded: Range<Int>?
        var claim: Range<Int>?
        var index = range.lowerBound
        guard index < range.upperBound, bytes[index] == UInt8(ascii: "{") else { return nil }
        while recorded == nil {
            guard let name = Self.string(bytes, at: index + 1, end: range.upperBound),
                name.upperBound + 2 < range.upperBound, bytes[name.upperBound + 1] == UInt8(ascii: ":")
            else { return nil }
            guard let value = Self.string(bytes, at: name.upperBound + 2, end: range.upperBound) else { return nil }
            if Self.equals(bytes, name, "id") { id = value }
            if Self.equals(bytes, name, "type") { type = value }
            if Self.equals(bytes, name, "correlationid") { cid = value }
            if Self.equals(bytes, name, "fxtenant") { tenant = value }
            if Self.equals(bytes, name, "recordedtime") { recorded = value }
            if Self.equals(bytes, name, "fxclaim") { claim = value }
            index = value.upperBound + 1
            guard index < range.upperBound, bytes[index] == UInt8(ascii: ",") else { return nil }
        }
        guard let id, let type, let cid, let tenant, let recorded,
            let time = Timestamp(rfc3339: bytes[recorded]), !id.isEmpty
        else { return nil }
        self.id = bytes[id]
        self.type = bytes[type]
        self.cid = bytes[cid]
        self.tenant = bytes[tenant]
        recordedTime = time
        self.claim = claim.map { bytes[$0] }
    }

    /// The inside of the string whose opening quote is at `start`; nil if there is none, or if it has escapes.
    private static func string(_ bytes: [UInt8], at start: Int, end: Int) -> Range<Int>? {
        guard start < end, bytes[start] == UInt8(ascii: "\"") else { return nil }
        let inside = start + 1
        return unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress,
                let quote = unsafe memchr(base + inside, Int32(UInt8(ascii: "\"")), end - inside)
            else { return nil }
            let count = unsafe UnsafeRawPointer(quote) - (base + inside)
            guard unsafe memchr(base + inside, Int32(UInt8(ascii: "\\")), count) == nil else { return nil }
            return inside..<inside + count
        }
    }

    private static func equals(_ bytes: [UInt8], _ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        return unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return range.isEmpty }
            return unsafe memcmp(base + range.lowerBound, name.utf8Start, range.count) == 0
        }
    }
}
