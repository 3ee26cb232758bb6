import DurableIO
import Spool
import Testing

struct LogRecoveryTests {
    private let first = "events/00000000000000000001.ndjson"

    private func filled(_ directory: TemporaryDirectory) throws -> [UInt8] {
        let log = try LogAppender(directory)
        try log.append("1", "2", "3")
        return try directory.bytes(first)
    }

    @Test func `rule 4: a log cut at any byte keeps every whole record, sets the rest aside and goes on`() throws {
        let whole = try filled(TemporaryDirectory())
        let lineBytes = whole.count / 3
        for length in 0..<whole.count {
            let directory = try TemporaryDirectory()
            _ = try filled(directory)
            try directory.write(first, Array(whole[..<length]))
            let kept = length / lineBytes
            let torn = length % lineBytes

            let log = try LogAppender(directory)
            let next = try log.append("9")
            let expected = (1...3).prefix(kept).map { "\($0):\($0)" }
            let found = try readAll(directory).filter { !$0.hasPrefix("missing") }
            #expect(found == expected + ["\(next):9"], "cut at \(length)")
            if torn > 0 {
                let aside = try directory.names("quarantine")
                #expect(aside.count == 1)
                #expect(try directory.bytes("quarantine/" + aside[0]) == Array(whole[(kept * lineBytes)..<length]))
            }
            // The commit file remembers that all three were committed.
            #expect(next == 4)
            #expect(
                log.recovery.findings.contains(
                    .lost(segment: SegmentName.name(first: 1), sequences: UInt64(kept + 1)..<4)))
        }
    }

    @Test func `rule 4: zeros behind the last record are set aside and cost no sequence`() throws {
        let directory = try TemporaryDirectory()
        let whole = try filled(directory)
        try directory.write(first, whole + [UInt8](repeating: 0, count: 5000))
        let log = try LogAppender(directory)
        #expect(try log.append("4") == 4)
        #expect(try readAll(directory) == ["1:1", "2:2", "3:3", "4:4"])
        #expect(try directory.bytes("quarantine/" + directory.names("quarantine")[0]).count == 5000)
    }

    @Test func `rule 4: a rotten last record is set aside and its sequence is not given again`() throws {
        let directory = try TemporaryDirectory()
        var bytes = try filled(directory)
        bytes[bytes.count - 30] ^= 1
        try directory.write(first, bytes)
        let log = try LogAppender(directory)
        #expect(try log.append("9") == 4)
        #expect(try readAll(directory) == ["1:1", "2:2", "missing 3..<4", "4:9"])
    }

    @Test func `rule 4: a rotten record between good ones is reported, skipped and left where it is`() throws {
        let directory = try TemporaryDirectory()
        var bytes = try filled(directory)
        let lineBytes = bytes.count / 3
        bytes[lineBytes + 20] ^= 1
        try directory.write(first, bytes)
        let log = try LogAppender(directory)
        let damaged = log.recovery.findings.compactMap { finding -> DamagedRange? in
            if case .damaged(let range) = finding { return range } else { return nil }
        }
        #expect(damaged.map(\.line) == [2])
        #expect(damaged.map(\.offset) == [UInt64(lineBytes)])
        try log.append("4")
        #expect(
            try readAll(directory) == ["1:1", "damaged line 2 at \(lineBytes)", "missing 2..<3", "3:3", "4:4"])
        #expect(try directory.bytes(first).starts(with: bytes))
    }

    @Test func `a tail that cannot be set aside stays and the next segment says where it ends`() throws {
        let directory = try TemporaryDirectory()
        let whole = try filled(directory)
        try directory.write(first, whole + Array("{\"half".utf8))
        // A file where the quarantine's directory should be.
        try directory.write("quarantine", [])
        let log = try LogAppender(directory)
        guard case .leftTail = try #require(log.recovery.findings.first) else {
            Issue.record("the tail was not reported as left")
            return
        }
        #expect(try log.append("9") == 5)
        #expect(
            try readAll(directory) == ["1:1", "2:2", "3:3", "damaged line 4 at \(whole.count)", "missing 4..<5", "5:9"])
    }
}
