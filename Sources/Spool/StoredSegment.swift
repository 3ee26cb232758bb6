import DurableIO

/// A segment as it lies on the disk, with what belongs to it.
struct StoredSegment: Sendable, Equatable {
    let first: UInt64
    /// First sequence of the next segment: nothing from there on counts in this one. Its own first for the last segment.
    let end: UInt64
    let file: String
    /// All other files whose names begin with its digits and a dot.
    let companions: [String]
    let segmentBytes: UInt64
    let companionsBytes: UInt64
    let modificationSeconds: Int64

    var bytes: UInt64 { segmentBytes + companionsBytes }

    /// All segments of a log, ascending; none if there is no directory.
    static func all(in directory: String, disk: any Disk) throws(IOError) -> [StoredSegment] {
        let names: [String]
        do { names = try disk.names(in: directory) } catch let error where error.isNotFound { return [] }
        let firsts = names.compactMap { SegmentName.first(in: $0) }.sorted()
        let companions = Dictionary(
            grouping: names.filter { SegmentName.first(in: $0) == nil }, by: { $0.prefix { $0 != "." } })
        var segments: [StoredSegment] = []
        for (index, first) in firsts.enumerated() {
            let file = SegmentName.name(first: first)
            let beside = companions[file.prefix { $0 != "." }] ?? []
            do {
                let opened = try disk.openFileForReading(directory + "/" + file)
                var besideBytes: UInt64 = 0
                for name in beside { besideBytes += try size(of: directory + "/" + name, disk: disk) }
                segments.append(
                    StoredSegment(
                        first: first, end: index + 1 < firsts.count ? firsts[index + 1] : first, file: file,
                        companions: beside.sorted(), segmentBytes: try opened.size(), companionsBytes: besideBytes,
                        modificationSeconds: try opened.modificationSeconds()))
            } catch let error where error.isNotFound {
                // Removed since the listing.
                continue
            }
        }
        return segments
    }

    private static func size(of path: String, disk: any Disk) throws(IOError) -> UInt64 {
        do { return try disk.openFileForReading(path).size() } catch let error where error.isNotFound { return 0 }
    }
}
