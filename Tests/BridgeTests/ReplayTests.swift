import DurableIO
import Errands
import Foundation
import Testing
import Threading

@testable import Bridge

struct ReplayTests {
    /// A bridge with events in its log, and what replays them.
    private final class Site {
        let fixture: BridgeFixture
        let box: ReplayBox
        let notices = Monitor<[ReplayNotice]>([])
        private(set) var replays: ReplayEvents?

        init() throws {
            fixture = try BridgeFixture()
            box = ReplayBox(root: fixture.directory.layout.replays)
            try box.prepare()
        }

        deinit { replays?.stop() }

        func start() throws {
            let notices = notices
            let layout = fixture.directory.layout
            let options = ReplayOptions(root: layout.replays, log: layout.events, disk: LinuxDisk()) { notice in
                notices.update {
                    $0.append(notice)
                    return .all
                }
            }
            let clock = fixture.clock
            let replays = ReplayEvents(
                options, writer: fixture.writer, recent: fixture.recent, clock: { clock.withLock { $0 } })
            try replays.start()
            self.replays = replays
        }

        func stop() {
            replays?.stop()
            replays = nil
        }

        func ask(_ name: String, _ sequences: [UInt64]) throws {
            try box.ask(name, try ReplayErrand(since: 1, sequences: sequences))
            replays?.poke()
        }

        /// What came of a replay, as soon as it is told.
        func outcome(_ name: String) throws -> ReplayOutcome {
            let outcome = notices.wait(milliseconds: 20_000) { notices -> ReplayOutcome? in
                for case .finished(name, let outcome) in notices { return outcome }
                return nil
            }
            return try #require(outcome, "\(notices.withLock { $0 })")
        }

        func events() throws -> [[String: Any]] {
            try fixture.spoolLines().map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
        }
    }

    private func accept(_ count: Int, _ site: Site) throws {
        let token = try site.fixture.token()
        for number in 1...count {
            let answer = try site.fixture.send(
                .post, "/fx/events/generic", #"{"n": \#(number).0}"#, token: token,
                fields: [("X-Correlation-ID", "c\(number)"), ("Idempotency-Key", "k\(number)")])
            #expect(answer.status == 202)
        }
    }

    @Test func `each event that is asked for happens again, with a new identity and its own payload`() throws {
        let site = try Site()
        try accept(3, site)
        site.fixture.clock.withLock { $0 += 60_000_000 }
        try site.start()
        try site.ask("r1", [1, 3])
        let outcome = try site.outcome("r1")
        #expect(outcome.events.map(\.sequence) == [1, 3])
        #expect(outcome.events.map(\.recorded) == [4, 5])
        #expect(outcome.skipped.isEmpty)
        let lines = try site.fixture.spoolLines()
        let events = try site.events()
        #expect(events.count == 5)
        try site.fixture.expectIndexAsTheLogMakesIt(events: 5)
        for (original, replay) in [(0, 3), (2, 4)] {
            #expect(events[replay]["causationid"] as? String == events[original]["id"] as? String)
            #expect(events[replay]["id"] as? String != events[original]["id"] as? String)
            for name in ["correlationid", "time", "source", "type", "fxtenant", "authid"] {
                #expect(events[replay][name] as? String == events[original][name] as? String, "\(name)")
            }
            #expect(events[replay]["recordedtime"] as? String != events[original]["recordedtime"] as? String)
            #expect(lines[replay].contains(#","data":{"n": \#(original + 1).0},"#))
            #expect(events[replay]["fxclaim"] == nil)
            #expect(events[original]["fxclaim"] != nil)
        }
        try site.fixture.waitForIndex(of: "c3")
    }

    @Test func `a replay that was interrupted is done to its end, and nothing of it twice`() throws {
        let site = try Site()
        try accept(3, site)
        try site.start()
        try site.ask("r1", [1, 2])
        let first = try site.outcome("r1")
        site.stop()
        // What the disk holds when the process dies with one event more to make, and before the outcome is written.
        site.notices.withLock { $0 = [] }
        try site.ask("r1", [1, 2, 3])
        try site.start()
        let outcome = try site.outcome("r1")
        #expect(outcome.events.prefix(2) == first.events[...])
        #expect(outcome.events.map(\.sequence) == [1, 2, 3])
        let events = try site.events()
        #expect(events.count == 6)
        #expect(Set(events.compactMap { $0["causationid"] as? String }).count == 3)
    }

    @Test func `while the disk refuses it is tried again, and each event comes once`() throws {
        let site = try Site()
        try accept(100, site)
        try site.start()
        site.fixture.disk.trouble.withLock { $0.isBroken = true }
        try site.ask("r1", Array(1...100))
        let isTold = site.notices.wait(milliseconds: 20_000) { notices -> Bool? in
            notices.contains { if case .failed = $0 { true } else { false } } ? true : nil
        }
        #expect(isTold == true)
        #expect(try site.box.wanted() == ["r1"])
        site.fixture.disk.trouble.withLock { $0.isBroken = false }
        site.replays?.poke()
        #expect(try site.outcome("r1").events.count == 100)
        let causes = try site.events().compactMap { $0["causationid"] as? String }
        #expect(causes.count == 100)
        #expect(Set(causes).count == 100)
    }

    @Test func `two replays of an event are two events`() throws {
        let site = try Site()
        try accept(1, site)
        try site.start()
        try site.ask("r1", [1])
        try site.ask("r2", [1])
        _ = (try site.outcome("r1"), try site.outcome("r2"))
        #expect(try site.events().count == 3)
    }

    @Test func `more events than wait for the disk together all come, in their order`() throws {
        let site = try Site()
        try accept(150, site)
        try site.start()
        try site.ask("r1", Array(1...150))
        #expect(try site.outcome("r1").events.map(\.recorded) == Array(151...300))
    }

    @Test func `what the log does not hold is told, and the rest is done`() throws {
        let site = try Site()
        try accept(1, site)
        try site.start()
        try site.ask("r1", [1, 99])
        let outcome = try site.outcome("r1")
        #expect(outcome.events.map(\.sequence) == [1])
        #expect(outcome.skipped.map(\.sequence) == [99])
    }

    @Test func `a request that says nothing is refused and goes`() throws {
        let site = try Site()
        try site.box.errands.ask("r1", Array("{}".utf8))
        try site.start()
        #expect(try site.outcome("r1").refused != nil)
        #expect(try site.box.wanted().isEmpty)
    }

    @Test func `where what was made cannot be known, nothing is made`() throws {
        let site = try Site()
        try accept(2, site)
        // A replay that was asked, and whose part of the log is damaged since.
        let path = site.fixture.directory.layout.events + "/00000000000000000001.ndjson"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try overwrite(path, with: text.replacing(#""n": 1.0"#, with: #""n": 7.0"#))
        try site.start()
        try site.ask("r1", [2])
        #expect(try site.outcome("r1").refused?.contains("not whole") == true)
        #expect(site.fixture.writer.position.nextSequence == 3)
    }
}
