import Glibc
import StatusIndex
import Testing

@Suite struct DamagedIndexTests {
    @Test func `A writer that may not create says that the index is missing`() {
        let index = TemporaryIndex()
        #expect(throws: StatusIndexError.missing(path: index.path)) {
            try StatusIndexWriter(path: index.path, create: false)
        }
        let nowhere = index.directory + "/no/such/index.sqlite"
        #expect(throws: StatusIndexError.missing(path: nowhere)) { try StatusIndexWriter(path: nowhere, create: true) }
    }

    @Test func `A file that is no database is told apart, left as it is, and gives way to a new index`() throws {
        let index = TemporaryIndex()
        let text = String(repeating: "this is not a database\n", count: 100)
        overwrite(index.path, at: 0, with: Array(text.utf8))

        expectCorrupt { _ = try index.writer() }
        expectCorrupt { _ = try index.reader().isKnown(cid: "c", tenant: "acme") }
        expectCorrupt { _ = try index.snapshot() }
        #expect(read(index.path, count: 1 << 20) == Array(text.utf8))

        try StatusIndexWriter.deleteIndex(at: index.path)
        try index.writer().append(events: [event(1, cid: "c")])
        #expect(try index.reader().isKnown(cid: "c", tenant: "acme"))
    }

    @Test func `Damaged pages are an error of the read, not a wrong answer and not a crash`() throws {
        let index = TemporaryIndex()
        try index.writer().append(events: (1...5000).map { event(UInt64($0), cid: uuid7($0)) })
        // Every page but the first, which holds the schema.
        overwrite(index.path, at: 4096, with: [UInt8](repeating: 0xA5, count: 4096 * 100))
        let reader = index.reader()
        expectCorrupt { _ = try reader.isKnown(cid: uuid7(4000), tenant: "acme") }
        expectCorrupt { _ = try reader.status(ofCID: uuid7(4000), tenant: "acme", limit: 10) }
        expectCorrupt { _ = try index.snapshot().digest() }
        expectCorrupt { try index.writer().append(events: [event(9000, cid: uuid7(9000))]) }

        // The answer to all of them; the reader needs no help to find the new file.
        try StatusIndexWriter.deleteIndex(at: index.path)
        try index.writer().append(events: [event(1, cid: "c")])
        #expect(try reader.isKnown(cid: "c", tenant: "acme"))
    }

    @Test func `An index of another version is refused and left as it is`() throws {
        let index = TemporaryIndex()
        try index.writer().append(events: [event(1, cid: "c")])
        // Bytes 60 to 63 of a database: `PRAGMA user_version`, big-endian (SQLite file format §1.3).
        overwrite(index.path, at: 60, with: [0, 0, 0, 99])
        let refusal = StatusIndexError.foreignVersion(path: index.path, found: 99)
        #expect(throws: refusal) { try index.writer() }
        #expect(throws: refusal) { try StatusIndexWriter(path: index.path, create: false) }
        #expect(throws: refusal) { try index.reader().isKnown(cid: "c", tenant: "acme") }
        #expect(throws: refusal) { try index.snapshot() }
    }

    @Test func `A writer whose file was replaced writes no more`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        try writer.append(events: [event(1, cid: "c")])
        try StatusIndexWriter.deleteIndex(at: index.path)
        #expect(throws: StatusIndexError.replaced(path: index.path)) { try writer.append(events: [event(2, cid: "d")]) }
        let other = try index.writer()
        #expect(throws: StatusIndexError.replaced(path: index.path)) { try writer.append(events: [event(2, cid: "d")]) }
        #expect(throws: StatusIndexError.replaced(path: index.path)) { try writer.remove(log: "events", before: 2) }
        #expect(try other.position(ofLog: "events") == 0)
    }

    @Test func `A write-ahead log left behind by a deleted index does not leak into the next`() throws {
        let index = TemporaryIndex()
        let writer = try index.writer()
        try writer.append(events: [event(1, cid: "old")])
        // The main file alone goes, as when an operator deletes it and forgets the rest.
        unlink(index.path)
        try index.writer().append(events: [event(1, cid: "new")])
        #expect(try !index.reader().isKnown(cid: "old", tenant: "acme"))
        #expect(try index.reader().isKnown(cid: "new", tenant: "acme"))
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a tmpfs needs root"))
    func `A full disk keeps nothing of the transaction, and reads go on`() throws {
        let disk = try #require(SmallDisk(kibibytes: 1024))
        let path = disk.directory + "/index.sqlite"
        let writer = try StatusIndexWriter(path: path, create: true)
        try writer.append(events: [event(1, cid: "kept")])
        #expect(throws: StatusIndexError.noSpace(path: path)) {
            try writer.append(events: (2...50_000).map { event(UInt64($0), cid: uuid7($0)) })
        }
        #expect(try writer.position(ofLog: "events") == 2)
        #expect(try StatusIndexReader(path: path).isKnown(cid: "kept", tenant: "acme"))
        #expect(throws: StatusIndexError.noSpace(path: path)) {
            try writer.rebuild { (rebuild) throws(StatusIndexError) in
                let rows = (2...50_000).map { event(UInt64($0), cid: uuid7($0)) }
                try rebuild.apply(events: rows, executions: [], log: "events", next: 50_001)
            }
        }
        #expect(try StatusIndexReader(path: path).isKnown(cid: "kept", tenant: "acme"))
        try writer.append(events: [event(2, cid: "after")])
        #expect(try StatusIndexReader(path: path).isKnown(cid: "after", tenant: "acme"))
    }

    private func expectCorrupt(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
        do {
            try body()
            Issue.record("no error", sourceLocation: sourceLocation)
        } catch StatusIndexError.corrupt {
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    private func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        #expect(pwrite(file, bytes, bytes.count, offset) == bytes.count)
        close(file)
    }

    private func read(_ path: String, count: Int) -> [UInt8] {
        let file = open(path, O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        let length = pread(file, &bytes, count, 0)
        return Array(bytes.prefix(length))
    }
}

/// A tmpfs of a given size, unmounted with the last reference.
final class SmallDisk {
    let directory: String

    static var isPossible: Bool { SmallDisk(kibibytes: 64) != nil }

    init?(kibibytes: Int) {
        var template = Array("/tmp/small-disk-XXXXXX".utf8CString)
        directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        guard mount("tmpfs", directory, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
            rmdir(directory)
            return nil
        }
    }

    deinit {
        umount2(directory, Int32(MNT_DETACH))
        rmdir(directory)
    }
}
