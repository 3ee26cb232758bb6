import Authentication
import HTTPMessage
import Spool
import Testing

@testable import Bridge

struct StorageTroubleTests {
    @Test func `an event that did not reach the disk is 503, and the next one is stored`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let before = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        fixture.disk.trouble.withLock { $0.isBroken = true }
        let answer = try fixture.send(.post, "/fx/events/generic", "2", token: token)
        #expect(answer.status == 503)
        #expect(answer.problem == "storage-failed")
        #expect(answer.field("Retry-After") == "5")
        #expect(answer.json["detail"] == nil, "nothing of the inside")
        let line = try #require(fixture.log.taken().last)
        #expect(line.hasPrefix("error request refused "))
        #expect(line.contains("reason=storage-failed because=\"fdatasync \(fixture.directory.path)"))
        #expect(try fixture.send(.get, "/fx/cid/\(before)", token: token).status == 200, "reads go on")
        #expect(try fixture.send(.get, "/fx/openapi.json").status == 200)

        fixture.disk.trouble.withLock { $0.isBroken = false }
        #expect(try fixture.send(.post, "/fx/events/generic", "3", token: token).status == 202)
        let lines = try fixture.spoolLines()
        #expect(lines.map { $0.contains(#""data":1,"#) || $0.contains(#""data":3,"#) } == [true, true])
    }

    @Test func `a refused event's cid is not known`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        try fixture.waitForIndex(of: "none")
        fixture.disk.trouble.withLock { $0.isBroken = true }
        let fields = [("X-Correlation-ID", "lost")]
        #expect(try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: fields).status == 503)
        #expect(try fixture.send(.get, "/fx/cid/lost", token: token).status == 404)
    }

    @Test func `a full disk is 503 with time to make room, and reads go on`() throws {
        let fixture = try BridgeFixture(reserveBytes: 1 << 20)
        let token = try fixture.token()
        let before = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        fixture.disk.trouble.withLock { $0.availableBytes = 1 << 20 }
        let answer = try fixture.send(.post, "/fx/events/generic", "2", token: token)
        #expect(answer.status == 503)
        #expect(answer.problem == "storage-full")
        #expect(answer.field("Retry-After") == "30")
        #expect(try #require(fixture.log.taken().last).contains("because=\"the disk is full: 1048576 bytes are free"))
        #expect(try fixture.send(.get, "/fx/cid/\(before)", token: token).status == 200)
    }

    @Test func `more than may wait for the disk is 503 at once, and what waits is answered later`() throws {
        let fixture = try BridgeFixture(limits: LogWriter.Limits(pendingBytes: 1 << 20, pendingRecords: 3))
        let token = try fixture.token()
        let before = try fixture.send(.post, "/fx/events/generic", "0", token: token).cid
        fixture.disk.hold()
        let waiting = (1...3).map { fixture.begin(.post, "/fx/events/generic", "\($0)", token: token) }
        #expect(fixture.disk.waitUntilHeld())
        let answer = try fixture.send(.post, "/fx/events/generic", "4", token: token)
        #expect(answer.status == 503)
        #expect(answer.problem == "overloaded")
        #expect(answer.field("Retry-After") == "1")
        #expect(waiting.allSatisfy { !$0.hasAnswer }, "no 202 before the disk has it")
        #expect(try fixture.send(.get, "/fx/cid/\(before)", token: token).status == 200)
        fixture.disk.release()
        for exchange in waiting { #expect(try exchange.answer().status == 202) }
        for exchange in waiting { #expect(exchange.answersCount == 1) }
        #expect(try fixture.spoolLines().count == 4)
    }

    @Test func `an event that cannot fit with its envelope is 413`() throws {
        let fixture = try BridgeFixture(limits: LogWriter.Limits(pendingBytes: 1000, pendingRecords: 10))
        let token = try fixture.token()
        let answer = try fixture.send(
            .post, "/fx/events/generic", "\"" + String(repeating: "x", count: 900) + "\"", token: token)
        #expect(answer.status == 413)
        #expect(answer.problem == "content-too-large")
        #expect(answer.detail.contains("1000 bytes"))
    }

    @Test func `a stopped log is 503 while reads go on`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let before = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        fixture.writer.stop()
        let answer = try fixture.send(.post, "/fx/events/generic", "2", token: token)
        #expect(answer.status == 503)
        #expect(answer.problem == "draining")
        #expect(answer.field("Retry-After") == "2")
        #expect(try fixture.send(.get, "/fx/cid/\(before)", token: token).status == 200)
    }

    @Test func `an index that cannot be read is 503, and events are accepted all the same`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let cid = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        try fixture.waitForIndex(of: cid)
        fixture.indexer.stop()
        try overwrite(fixture.directory.index, with: "no database at all")
        let answer = try fixture.send(.get, "/fx/cid/\(cid)", token: token)
        #expect(answer.status == 503)
        #expect(answer.problem == "status-unavailable")
        #expect(answer.field("Retry-After") == "5")
        #expect(try fixture.send(.get, "/fx/executions/e", token: token).status == 503)
        #expect(try fixture.send(.post, "/fx/events/generic", "2", token: token).status == 202)
    }
}
