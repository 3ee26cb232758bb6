import DurableIO

/// A segment as it lies on the disk, with what belongs to it.
struct StoredSegment: Sendable, Equatable {
    let first: UInt64
    /// First sequence of the next segment: nothing from there on counts in this one. Its own first for the last segment.
    let end: UInt64
    let file: String
    /// All other files whose names begin with its digits and a dot.
    let companions: [String]
    /// On the disk.
    let segmentBytes: UInt64
    /// Of its lines; more where it is compressed.
    let contentBytes: UInt64
    let companionsBytes: UInt64
    let modificationSeconds: Int64

    var isCompressed: Bool { file.hasSuffix(CompressedSegment.suffix) }
    var bytes: UInt64 { segmentBytes + companionsBytes }

    /// All segments of a log, ascending; none if there is no directory.
    static func all(in directory: String, disk: any Disk) throws(IOError) -> [StoredSegment] {
        let names: [String]
        do { names = try disk.names(in: directory) } catch let error where error.isNotFound { return [] }
        let firsts = Set(names.compactMap { SegmentName.first(ofAnyForm: $0) }).sorted()
        let beginnings = Dictionary(grouping: names, by: { $0.prefix { $0 != "." } })
        var segments: [StoredSegment] = []
        for (index, first) in firsts.enumerated() {
            let plain = SegmentName.name(first: first)
            let all = beginnings[plain.prefix { $0 != "." }] ?? []
            let file = all.contains(plain) ? plain : plain + CompressedSegment.suffix
            let beside = all.filter { $0 != file }
            do {
                let opened = try disk.openFileForReading(directory + "/" + file)
                var besideBytes: UInt64 = 0
                for name in beside { besideBytes += try size(of: directory + "/" + name, disk: disk) }
                segments.append(
                    StoredSegment(
                        first: first, end: index + 1 < firsts.count ? firsts[index + 1] : first, file: file,
                        companions: beside.sorted(), segmentBytes: try opened.size(),
                        contentBytes: try file == plain ? opened.size() : CompressedSegment(opened).size(),
                        companionsBytes: besideBytes,
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
