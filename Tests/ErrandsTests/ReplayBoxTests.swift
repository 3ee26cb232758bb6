import DurableIO
import Foundation
import Testing

@testable import Errands

@Suite struct ReplayBoxTests {
    private func withBox(_ body: (ReplayBox, String) throws -> Void) throws {
        let root = NSTemporaryDirectory() + "/fx-replays-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        try body(ReplayBox(root: root), root)
    }

    @Test func `what is asked is read as it was, done once, and answered`() throws {
        try withBox { box, _ in
            let errand = try ReplayErrand(since: 7, sequences: [1, 5, .max])
            try box.ask("r1", errand)
            try box.ask("r1", errand)
            #expect(try box.wanted() == ["r1"])
            #expect(try box.errand("r1") == errand)
            #expect(try box.errands.wait(for: ["r1"], seconds: 0) == ["r1"])
            var outcome = ReplayOutcome()
            outcome.events = [.init(sequence: 1, id: "a \"b\"", recorded: 9)]
            outcome.skipped = [.init(sequence: 5, reason: "gone")]
            try box.finish("r1", outcome)
            #expect(try box.wanted().isEmpty)
            #expect(try box.errand("r1") == nil)
            #expect(try box.errands.wait(for: ["r1"], seconds: 600).isEmpty)
            let document = Data(try #require(try box.outcome("r1")))
            #expect(try JSONDecoder().decode(ReplayOutcome.self, from: document) == outcome)
            #expect(try box.outcome("r2") == nil)
        }
    }

    @Test func `a refusal is read as one`() throws {
        let outcome = ReplayOutcome(refused: "why\n")
        #expect(try JSONDecoder().decode(ReplayOutcome.self, from: Data(outcome.document)) == outcome)
    }

    @Test func `one request has at most ten thousand events`() throws {
        let most = (1...UInt64(ReplayErrand.eventsLimit)).map { $0 + (UInt64.max - 20_000) }
        let errand = try ReplayErrand(since: .max, sequences: most)
        #expect(errand.document.count <= ReplayErrand.bytesLimit)
        #expect(ReplayErrand(document: errand.document) == errand)
        #expect(throws: ErrandError.tooManyEvents(limit: ReplayErrand.eventsLimit)) {
            try ReplayErrand(since: 1, sequences: [1] + most)
        }
        let more = (0...ReplayErrand.eventsLimit).map(String.init).joined(separator: ",")
        let text = "{\"since\":1,\"events\":[\(more)]}"
        #expect(ReplayErrand(document: Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"since":1,"events":[]}"#, #"{"since":1,"events":[2,1]}"#, #"{"since":1,"events":[1,1]}"#,
        #"{"since":1,"events":[-1]}"#, #"{"since":1,"events":["1"]}"#, #"{"events":[1]}"#, #"{"since":1,"events":[1]"#,
    ]) func `what is no such request is refused`(_ text: String) throws {
        try withBox { box, _ in
            try box.prepare()
            try box.errands.ask("r1", Array(text.utf8))
            #expect(throws: ErrandError.unreadable(name: "r1")) { try box.errand("r1") }
        }
    }

    @Test func `a bridge that is down is not asked without end, and outcomes are not kept without end`() throws {
        try withBox { box, root in
            let errand = try ReplayErrand(since: 1, sequences: [1])
            for number in 0..<ReplayBox.waitingLimit { try box.ask("r\(1000 + number)", errand) }
            #expect(throws: ErrandError.tooManyWaiting(limit: ReplayBox.waitingLimit)) { try box.ask("more", errand) }
            for name in try box.wanted() { try box.finish(name, ReplayOutcome()) }
            try box.ask("r9999", errand)
            try box.finish("r9999", ReplayOutcome())
            #expect(try box.outcome("r1000") == nil)
            #expect(try box.outcome("r1001") != nil)
            #expect(try box.outcome("r9999") != nil)
        }
    }

    @Test func `whoever waits is woken when it is done`() throws {
        try withBox { box, _ in
            try box.ask("r1", try ReplayErrand(since: 1, sequences: [1]))
            let thread = Thread { try? box.finish("r1", ReplayOutcome()) }
            thread.start()
            #expect(try box.errands.wait(for: ["r1"], seconds: 600).isEmpty)
        }
    }
}
