import Events
import Foundation
import JSONText
import Testing

private let directory: String? = ProcessInfo.processInfo.environment["FX_TEST_DATA"]
    .map { $0 + "/cloudevents-conformance/" }.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }

/// The vectors of cloudevents/conformance, where they are at hand: in the folder that `FX_TEST_DATA` names.
@Suite(.enabled(if: directory != nil, "FX_TEST_DATA is unset or has no cloudevents-conformance"))
struct CloudEventsConformanceTests {
    private let limits = CloudEventLimits(depth: 64)

    /// Name of each vector and its bytes as they stand in the file: never decoded, so that nothing of them is mended.
    private func vectors(_ file: String, _ member: String) throws -> [(id: String, body: [UInt8])] {
        let url = URL(fileURLWithPath: try #require(directory) + file)
        let bytes = Array(try Data(contentsOf: url))
        let tests = try #require(try JSONScanner.member("tests", of: bytes, depthLimit: 64))
        let list = try JSONScanner.elements(of: bytes, in: tests.range, depthLimit: 64, elementsLimit: 1000)
        try #require(!list.elements.isEmpty)
        return try list.elements.map { element in
            let id = try #require(try JSONScanner.member("id", of: bytes, in: element.range, depthLimit: 64))
            let value = try #require(try JSONScanner.member(member, of: bytes, in: element.range, depthLimit: 64))
            return (id.string(in: bytes) ?? "", Array(bytes[value.range]))
        }
    }

    @Test func `valid events are accepted`() throws {
        for (id, body) in try vectors("valid-events.json", "event") {
            #expect(throws: Never.self, "\(id)") { try SentEvent(structured: body, limits: limits) }
        }
    }

    @Test func `invalid events are refused`() throws {
        for (id, body) in try vectors("invalid-events.json", "event") {
            #expect(throws: EventsError.self, "\(id)") { try SentEvent(structured: body, limits: limits) }
        }
    }

    @Test func `valid batches are accepted`() throws {
        for (id, body) in try vectors("valid-batches.json", "batch") {
            for event in try SentEvent.batch(body, limits: limits) {
                #expect(throws: Never.self, "\(id)") { try event.get() }
            }
        }
    }

    @Test func `invalid batches are refused`() throws {
        for (id, body) in try vectors("invalid-batches.json", "batch") {
            let events = try SentEvent.batch(body, limits: limits)
            #expect(events.contains { if case .failure = $0 { true } else { false } }, "\(id)")
        }
    }
}
