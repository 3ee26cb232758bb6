import DurableIO

/// Names of segments: the first sequence in 20 digits, so that a sorted listing is the order of events.
package enum SegmentName {
    package static let suffix = ".ndjson"
    /// Of the file beside a segment that says how far it is committed.
    package static let commitsSuffix = ".commits"
    /// UInt64.max has 20 digits.
    package static let digits = 20

    package static func name(first sequence: UInt64) -> String {
        let text = String(sequence)
        return String(repeating: "0", count: digits - text.utf8.count) + text + suffix
    }

    package static func commitsName(first sequence: UInt64) -> String {
        name(first: sequence).dropLast(suffix.count) + commitsSuffix
    }

    /// The first sequences of all segments in a directory, ascending; none if there is no directory.
    static func firsts(in directory: String, disk: any Disk) throws(IOError) -> [UInt64] {
        do {
            return Set(try disk.names(in: directory).compactMap { first(ofAnyForm: $0) }).sorted()
        } catch let error where error.isNotFound {
            return []
        }
    }

    /// The first sequence of the segment of that name, compressed or not; nil if no segment is called so.
    static func first(ofAnyForm name: String) -> UInt64? {
        first(
            in: name.hasSuffix(CompressedSegment.suffix) ? String(name.dropLast(CompressedSegment.suffix.count)) : name)
    }

    /// The first sequence of the segment of that name; nil if no segment is called so.
    package static func first(in name: String) -> UInt64? {
        guard name.hasSuffix(suffix), name.utf8.count == digits + suffix.utf8.count else { return nil }
        let text = name.dropLast(suffix.count)
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt64(text)
    }
}
