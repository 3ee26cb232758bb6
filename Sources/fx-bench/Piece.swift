import Authentication
import Crypto
import DurableIO
import Events
import Glibc
import JSONText
import Logging
import OperatorLog
import Spool
import StatusIndex

/// One step on the way of an event or of a question, made ready to be done many times.
struct Piece: Sendable {
    let name: String
    /// Gives what does the step so many times.
    let prepare: @Sendable () throws -> (Int) throws -> Void

    static var all: [Piece] {
        [scan, members, request, digest, hmac] + authentications + [line, logLine, commitGroup, indexInsert, indexRead]
    }

    /// What the compiler may not see through.
    @inline(never)
    static func use<Value>(_ value: Value) {}

    private static let body = Array(
        #"{"event_source":"/bench","event_type":"com.example.test","payload":\#(payload(1024))}"#.utf8)

    /// About so many bytes of what GitHub sends on a push.
    static func payload(_ bytes: Int) -> String {
        var commits: [String] = []
        var length = 120
        while length < bytes {
            let commit =
                #"{"id":"da39a3ee5e6b4b0d3255bfef95601890afd80709","message":"fix: z\u00fcrich","distinct":true}"#
            commits.append(commit)
            length += commit.utf8.count + 1
        }
        return #"{"ref":"refs/heads/main","repository":{"id":186853002,"full_name":"octo/hello"},"commits":["#
            + commits.joined(separator: ",") + "]}"
    }

    private static let scan = Piece(name: "scan-1KiB") {
        { count in for _ in 0..<count { use(try JSONScanner.validate(body, depthLimit: 128)) } }
    }

    private static let members = Piece(name: "members-1KiB") {
        { count in for _ in 0..<count { use(try JSONScanner.members(of: body, depthLimit: 128)) } }
    }

    private static let request = Piece(name: "event-request-1KiB") {
        { count in for _ in 0..<count { use(try EventRequest(body: body, depthLimit: 128)) } }
    }

    private static let digest = Piece(name: "body-digest-1KiB") {
        { count in for _ in 0..<count { use(BodyDigest.field(of: body)) } }
    }

    private static let hmac = Piece(name: "hmac-8KiB") {
        let long = Array(payload(8192).utf8)
        let prepared = HMAC<SHA256>(key: SymmetricKey(data: [UInt8](repeating: 7, count: 32)))
        return { count in
            for _ in 0..<count {
                var code = prepared
                code.update(data: long)
                use(code.finalize())
            }
        }
    }

    private static func spoolLine(_ number: Int) -> SpoolLine {
        let value = JSONValue(kind: .object, range: 0..<body.count, hasNewlines: false)
        let time = Timestamp(microseconds: 1_770_000_000_000_000 + Int64(number))
        let uuid = UUIDv7(milliseconds: time.milliseconds, randomHigh: UInt64(number), randomLow: 1)
        return EventLine(
            id: uuid.text, source: EventSource("/bench"), type: "com.example.test", recordedTime: time,
            cid: CorrelationID(uuid), tenant: "demo", authID: "k3v9x0q2m1zt"
        ).spoolLine(data: .json(value), of: body)
    }

    private static let line = Piece(name: "line-1KiB") {
        { count in for number in 0..<count { use(spoolLine(number)) } }
    }

    /// What a request that went well costs in the operator's log.
    private static let logLine = Piece(name: "log-line") {
        // Room for all of a run: what is dropped costs nothing.
        let sink = try LogSink(
            to: .lines { _ in }, format: .text, level: .info, bufferBytesLimit: 1 << 30
        ) { 1_770_000_000_000_000 }
        return { count in
            for number in 0..<count {
                sink.line(.info, "request") { line in
                    line.field("id", "859b0da3705208b35fe5aaa61b274232")
                    line.field("remote", "192.0.2.17")
                    line.field("method", "POST")
                    line.field("route", "events")
                    line.field("status", 202)
                    line.field("bytes_in", 1024)
                    line.field("bytes_out", 96)
                    line.field("us", number)
                    line.field("disk_us", number)
                    line.field("tenant", "demo")
                    line.field("credential", "k3v9x0q2m1zt")
                    line.field("cid", "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071")
                    line.field("type", "com.example.test")
                }
            }
            use(sink)
        }
    }

    /// Everything of a commit but building the line: checksum, stamp, write, synchronization, chain; for one record of a
    /// group of 32, on a file of the temporary directory.
    private static let commitGroup = Piece(name: "commit-1KiB-of-32") {
        let directory = try TemporaryDirectory()
        let appender = try LogAppender(
            directory: directory.path + "/log", quarantine: directory.path + "/quarantine", options: LogOptions(),
            disk: LinuxDisk())
        let line = spoolLine(1)
        return { count in
            for _ in 0..<max(1, count / 32) {
                var group = CommitGroup()
                for _ in 0..<32 { group.add(line.bytes, sequenceOffset: line.sequenceOffset) }
                use(try appender.append(&group))
            }
            use(directory)
        }
    }

    private static func row(_ number: Int) -> EventRow {
        let uuid = UUIDv7(
            milliseconds: 1_770_000_000_000 + Int64(number), randomHigh: UInt64(number), randomLow: 1)
        return EventRow(
            sequence: UInt64(number), tenant: ArraySlice("demo".utf8), cid: ArraySlice(uuid.text.utf8),
            id: ArraySlice(uuid.text.utf8), type: ArraySlice("com.example.test".utf8),
            recordedMicroseconds: Int64(number))
    }

    private static func insert(_ count: Int, from first: Int, into writer: StatusIndexWriter) throws {
        let rowsInTransaction = 512
        var next = first
        while next < first + count {
            let end = min(next + rowsInTransaction, first + count)
            let from = try writer.position(ofLog: "events")
            try writer.apply(
                events: (next..<end).map(row), executions: [], log: "events", from: from, next: UInt64(end))
            next = end
        }
    }

    private static let indexInsert = Piece(name: "index-insert") {
        let directory = try TemporaryDirectory()
        let writer = try StatusIndexWriter(path: directory.path + "/index.sqlite", create: true)
        var next = 1
        return { count in
            try insert(count, from: next, into: writer)
            next += count
            use(directory)
        }
    }

    private static let indexRead = Piece(name: "index-read") {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/index.sqlite"
        let rows = 10_000
        try insert(rows, from: 1, into: StatusIndexWriter(path: path, create: true))
        let reader = StatusIndexReader(path: path)
        let cids = (1...rows).map { String(decoding: row($0).cid, as: UTF8.self) }
        return { count in
            for number in 0..<count {
                use(try reader.status(ofCID: cids[number * 7919 % rows], tenant: "demo", limit: 1000))
            }
            use(directory)
        }
    }
}
