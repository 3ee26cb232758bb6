/// Where things lie in a spool directory.
///
/// ```
/// spool/events/00000000000000000001.ndjson       segments of the event log
/// spool/executions/<writer>/0000….ndjson         one log per writing process
/// spool/quarantine/<log>-<first sequence>-at-<byte offset>.torn   what recovery cut off
/// ```
package struct SpoolLayout: Sendable {
    package let root: String

    package init(root: String) {
        self.root = root
    }

    package var events: String { root + "/events" }
    package var executions: String { root + "/executions" }
    package var quarantine: String { root + "/quarantine" }

    package func executions(writer: String) -> String { executions + "/" + writer }
}

/// Names of segments: the first sequence in 20 digits, so that a sorted listing is the order of events.
package enum SegmentName {
    package static let suffix = ".ndjson"
    /// UInt64.max has 20 digits.
    package static let digits = 20

    package static func name(first sequence: UInt64) -> String {
        let text = String(sequence)
        return String(repeating: "0", count: digits - text.utf8.count) + text + suffix
    }

    /// The first sequence of the segment of that name; nil if no segment is called so.
    package static func first(in name: String) -> UInt64? {
        guard name.hasSuffix(suffix), name.utf8.count == digits + suffix.utf8.count else { return nil }
        let text = name.dropLast(suffix.count)
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt64(text)
    }
}
