import Authentication
import DurableIO
import Errands
import Foundation
import HTTPMessage
import StatusIndex
import Testing

@testable import Bridge

extension BridgeFixture {
    /// Waits until the index has all events of the log, and compares it with what the log alone would make of it.
    func expectIndexAsTheLogMakesIt(events count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let reader = StatusIndexReader(path: directory.index)
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while try reader.event(sequence: UInt64(count)) == nil {
            try #require(ContinuousClock.now < deadline, "the index does not follow")
            sched_yield()
        }
        let outcome = try IndexCheck.run(path: directory.index, layout: directory.layout, disk: LinuxDisk())
        #expect(outcome.differences == [], sourceLocation: sourceLocation)
        #expect(outcome.findings.isEmpty, sourceLocation: sourceLocation)
        #expect(outcome.events == count, sourceLocation: sourceLocation)
    }
}

/// The indexer takes what the bridge has just written from memory: that must be what is read from the log.
struct IndexFromMemoryTests {
    private static let oddNames = [
        "plain", "with \"quotes\" and \\ </>", "e\u{301} is not \u{e9}", "\u{1F600}",
        "0195b2c4-7d3a-7f00-8000-0123456789ab", "0195b2c4-7d3a-4f00-8000-0123456789ab",
        "0195B2C4-7D3A-7F00-8000-0123456789AB", String(repeating: "long ", count: 51),
    ]

    private func json(_ text: String) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed), as: UTF8.self)
    }

    @Test func `events of every kind are indexed as the log would have them`() throws {
        let fixture = try BridgeFixture()
        var count = 0
        func accept(
            _ path: String, _ body: String, tenant: String = "acme", fields: [(String, String)] = [],
            contentType: String = "application/json", events: Int = 1
        ) throws {
            fixture.clock.withLock { $0 += 1_000_007 }
            let answer = try fixture.send(
                .post, path, body, token: fixture.token(tenant: tenant), fields: fields, contentType: contentType)
            try #require(answer.status == 202, "\(answer.body)")
            count += events
        }
        try accept("/fx/events", #"{"event_source":"/s","event_type":"com.x","payload":1}"#)
        try accept("/fx/events/generic", "[1]", tenant: "other")
        try accept("/fx/events/webhook", "{}", fields: [("X-Correlation-ID", "A.b_c:9")])
        try accept("/fx/events/generic", "{\"long\":\"\(String(repeating: "x", count: 300_000))\"}")
        for name in Self.oddNames {
            try accept("/fx/events", #"{"event_source":"/s","event_type":\#(json(name)),"payload":null}"#)
            try accept(
                "/fx/events/generic", #"{"specversion":"1.0","id":\#(json(name)),"source":"/s","type":\#(json(name))}"#,
                contentType: "application/cloudevents+json")
        }
        let items = try Self.oddNames.map { name in
            #"{"specversion":"1.0","id":\#(try json("b" + name)),"source":"/b","type":"com.b","correlationid":"own"}"#
        }
        try accept(
            "/fx/events/generic", "[\(items.joined(separator: ",\n"))]",
            contentType: "application/cloudevents-batch+json", events: items.count)
        try accept(
            "/fx/events/generic", "any bytes", tenant: "third",
            fields: [
                ("ce-specversion", "1.0"), ("ce-id", "%E2%82%AC 1"), ("ce-source", "/s"), ("ce-type", "com.binary"),
            ], contentType: "text/plain")
        try fixture.expectIndexAsTheLogMakesIt(events: count)
        let row = try #require(try StatusIndexReader(path: fixture.directory.index).event(id: "€ 1", tenant: "third"))
        #expect(row.sequence == UInt64(count))
    }

    @Test func `what a signed delivery became is indexed as the log would have it`() throws {
        let fixture = try BridgeFixture()
        try fixture.waitForIndex(of: "nothing")
        for number in 1...3 {
            let key = try fixture.key(provider: .github)
            let body = #"{"action":"opened","number":\#(number)}"#
            let signed = try RequestSigner(key).fields(
                signing: Array(body.utf8), messageID: "m", nowSeconds: moment / 1_000_000)
            let answer = try fixture.send(
                .post, "/fx/events/webhook/\(key.credential.id)", body,
                fields: signed.map { (String($0.0), String($0.1)) } + [
                    ("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", "d-\(number)"),
                ])
            #expect(answer.status == 202)
        }
        try fixture.expectIndexAsTheLogMakesIt(events: 3)
    }
}
