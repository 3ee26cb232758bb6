import Authentication
import Events
import HTTPMessage
import Testing

@testable import Bridge

/// Pages, entity tags, and what may be kept.
struct StatusPageTests {
    private static func fixture(executions count: Int, data: String = "null") throws -> (BridgeFixture, AccessToken) {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "c:1")])
        if count > 0 {
            try fixture.report(
                (0..<count).map {
                    ExecutionReport(
                        cid: try CorrelationID("c:1"), executionID: "e\($0)", service: "s", status: .completed,
                        data: Array(data.utf8))
                })
        }
        return (fixture, token)
    }

    /// Follows the links from the first page to the last.
    private static func pages(_ fixture: BridgeFixture, _ token: AccessToken) throws -> [[String]] {
        var pages: [[String]] = []
        var path: String? = "/fx/cid/c:1"
        while let next = path {
            let answer = try fixture.send(.get, next, token: token)
            #expect(answer.status == 200)
            let executions = try #require(answer.json["executions"] as? [[String: Any]])
            pages.append(executions.compactMap { $0["execution_id"] as? String })
            path = try answer.field("Link").map { link in
                let match = try #require(link.wholeMatch(of: #/<(/fx/cid/c:1\?after=[^>]+)>; rel="next"/#))
                return String(match.1)
            }
        }
        return pages
    }

    @Test func `a cid with more than a thousand executions is told in pages, oldest first`() throws {
        let (fixture, token) = try Self.fixture(executions: 2001)
        let pages = try Self.pages(fixture, token)
        #expect(pages.map(\.count) == [1000, 1000, 1])
        #expect(pages.flatMap { $0 } == (0..<2001).map { "e\($0)" })
    }

    @Test func `a thousand are one page`() throws {
        let (fixture, token) = try Self.fixture(executions: 1000)
        #expect(try Self.pages(fixture, token).map(\.count) == [1000])
    }

    @Test func `a page ends where its data becomes large`() throws {
        let (fixture, token) = try Self.fixture(executions: 10, data: "\"\(String(repeating: "x", count: 1_000_000))\"")
        #expect(try Self.pages(fixture, token).map(\.count) == [5, 5])
    }

    @Test(arguments: ["after=x", "after=", "after=1~", "after=~e", "after=1~a%20b", "after=1~a&after=1~a", "after=%4"])
    func `a place that no page has given is 400`(query: String) throws {
        let (fixture, token) = try Self.fixture(executions: 1)
        let answer = try fixture.send(.get, "/fx/cid/c:1?\(query)", token: token)
        #expect(answer.status == 400)
        #expect(answer.json["member"] as? String == "after")
    }

    @Test func `what has not changed is 304, and what has is told`() throws {
        let (fixture, token) = try Self.fixture(executions: 1)
        for path in ["/fx/cid/c:1", "/fx/executions/e0"] {
            let answer = try fixture.send(.get, path, token: token)
            let tag = try #require(answer.field("ETag"))
            #expect(answer.field("Cache-Control") == "private, no-cache")
            for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let again = try fixture.send(.get, path, token: token, fields: [("If-None-Match", known)])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
                #expect(again.field("ETag") == tag)
                #expect(again.field("Content-Length") == nil)
            }
            let other = try fixture.send(.get, path, token: token, fields: [("If-None-Match", "\"0123456789abcdef\"")])
            #expect(other.status == 200)
            #expect(other.body == answer.body)
        }
        let before = try fixture.send(.get, "/fx/cid/c:1", token: token)
        try fixture.report("e9", .pending, cid: "c:1")
        try fixture.waitForExecution("e9")
        let known = [("If-None-Match", try #require(before.field("ETag")))]
        let after = try fixture.send(.get, "/fx/cid/c:1", token: token, fields: known)
        #expect(after.status == 200)
        #expect(after.field("ETag") != before.field("ETag"))
    }

    @Test func `contents that differ have tags that differ`() {
        var tags: Set<ContentTag> = []
        let texts = (0..<2000).map { Array("\($0)".utf8) } + (0..<40).map { [UInt8](repeating: 0, count: $0) }
        for text in texts { tags.insert(ContentTag(text)) }
        #expect(tags.count == texts.count)
        #expect(ContentTag(Array("fx".utf8)).text == ContentTag(Array("fx".utf8)).text)
        #expect(ContentTag([]).text.utf8.count == 16)
    }
}
