import DurableIO

/// What a log was found to be at the start, and what was done about it.
///
/// Only the last segment is read: the others were closed after a synchronization that succeeded. Behind its last right
/// record it may hold a torn write, zeros, or lines whose checksum is wrong: that tail is kept aside in the quarantine
/// and cut off. Wrong lines between right ones stay where they are; they are counted here, and readers skip them loudly.
package struct LogRecovery: Sendable {
    /// Where the next record goes.
    package let position: LogPosition
    /// First sequence of the segment to go on with; nil if a new one is due.
    package let openSegment: UInt64?
    package private(set) var findings: [Finding] = []

    package enum Finding: Sendable, Equatable {
        /// Bytes behind the last right record were cut off and kept at `keptAt`.
        case cutTail(segment: String, offset: UInt64, bytes: UInt64, keptAt: String)
        /// They could not be kept aside or cut off, so they stay; nothing after them goes into that segment.
        case leftTail(segment: String, offset: UInt64, bytes: UInt64, because: IOError)
        case damaged(DamagedRange)
    }

    /// - Throws: ``IOError`` when the log cannot be read.
    init(directory: String, quarantine: String, disk: any Disk) throws(IOError) {
        let firsts = try SegmentName.firsts(in: directory, disk: disk)
        guard let last = firsts.last else {
            position = LogPosition(segment: 1, offset: 0, nextSequence: 1)
            openSegment = nil
            return
        }
        let name = SegmentName.name(first: last)
        let path = directory + "/" + name
        var scan = SegmentScan(first: last)
        let size = try scan.run(file: try disk.openFileForReading(path))
        var found = scan.damaged.filter { $0.offset < scan.rightEnd }.map { Finding.damaged($0) }
        guard size > scan.rightEnd else {
            position = LogPosition(segment: last, offset: size, nextSequence: scan.nextSequence)
            openSegment = last
            findings = found
            return
        }

        let tail = SegmentTail(segment: name, path: path, offset: scan.rightEnd, bytes: size - scan.rightEnd)
        // Lines in the tail may have been acknowledged once and have rotted since; their sequences are not given again.
        let nextSequence = scan.nextSequence + scan.sequencesInTail
        do {
            let keptAt = try tail.moveAside(to: quarantine, log: directory, disk: disk)
            found.append(.cutTail(segment: name, offset: tail.offset, bytes: tail.bytes, keptAt: keptAt))
            if nextSequence == last {
                // Nothing in it and no sequence lost: the name is right for what comes next.
                position = LogPosition(segment: last, offset: 0, nextSequence: last)
                openSegment = last
            } else {
                position = LogPosition(segment: last, offset: tail.offset, nextSequence: nextSequence)
                openSegment = nil
            }
        } catch {
            // A full or failing disk must not keep the log from being read. The tail stays, and is never written behind.
            found.append(.leftTail(segment: name, offset: tail.offset, bytes: tail.bytes, because: error))
            position = LogPosition(segment: last, offset: tail.offset, nextSequence: max(nextSequence, last + 1))
            openSegment = nil
        }
        findings = found
    }
}

/// The bytes behind a segment's last right record.
private struct SegmentTail {
    let segment: String
    let path: String
    let offset: UInt64
    let bytes: UInt64

    private static let copiesLimit = 1000

    /// Copies the tail to the quarantine, durably, then cuts it off; gives the path of the copy.
    func moveAside(to quarantine: String, log: String, disk: any Disk) throws(IOError) -> String {
        try disk.makeDirectory(quarantine)
        let logName = log.split(separator: "/").suffix(2).joined(separator: "-")
        let stem = "\(quarantine)/\(logName)-\(segment.dropLast(SegmentName.suffix.count))-at-\(offset)"
        let source = try disk.openFile(path)
        let copy = try makeCopy(stem: stem, disk: disk)
        var done: UInt64 = 0
        while done < bytes {
            var chunk: [UInt8] = []
            let count = try source.read(into: &chunk, at: offset + done, count: Int(min(bytes - done, 1 << 20)))
            guard count > 0 else { break }
            let written = unsafe try copy.append(chunk.span.bytes)
            guard written == count else {
                try disk.remove(copy.path)
                throw .noSpace(copy.path)
            }
            done += UInt64(count)
        }
        try copy.synchronize()
        try disk.synchronizeDirectory(quarantine)
        try source.truncate(to: offset)
        try source.synchronize()
        return copy.path
    }

    /// A crash between copy and cut leaves a copy behind: the next one gets another number.
    private func makeCopy(stem: String, disk: any Disk) throws(IOError) -> any DiskFile {
        var attempt = 1
        while true {
            let path = attempt == 1 ? stem + ".torn" : "\(stem).\(attempt).torn"
            do {
                return try disk.createFile(path)
            } catch let error where error.isAlreadyThere && attempt < Self.copiesLimit {
                attempt += 1
            }
        }
    }
}
