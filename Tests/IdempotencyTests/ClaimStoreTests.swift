import DurableIO
import Foundation
import Idempotency
import Spool
import Testing

@Suite struct ClaimStoreTests {
    @Test func `a repeat gets the first answer, another body none`() throws {
        let fixture = try ClaimFixture()
        let stamp = fixture.stamp(1)
        let sequence = try fixture.accept(stamp)
        let answer = ClaimAnswer(cid: "cid-\(sequence)", type: "t")
        #expect(try fixture.claim(stamp) == .settled(sequence: sequence, answer))
        #expect(try fixture.claim(fixture.stamp(1, body: 9)) == .conflicting)
        #expect(try fixture.claim(fixture.stamp(2)) == .granted)
    }

    @Test func `who asks while the first waits for the disk is told with it`() throws {
        let fixture = try ClaimFixture()
        let stamp = fixture.stamp(1)
        let (same, other) = (RecordingFollower(), RecordingFollower())
        #expect(try fixture.claim(stamp) == .granted)
        #expect(try fixture.claim(stamp, follower: same) == .following)
        #expect(try fixture.claim(fixture.stamp(1, body: 9), follower: other) == .following)
        #expect(same.heard.isEmpty)
        let sequence = try fixture.commit(stamp)
        #expect(same.heard == [.settled(ClaimAnswer(cid: "cid-\(sequence)", type: "t"))])
        #expect(other.heard == [.conflicting])
    }

    @Test func `what was refused claims nothing, and who waited is refused likewise`() throws {
        let fixture = try ClaimFixture()
        let stamp = fixture.stamp(1)
        let follower = RecordingFollower()
        #expect(try fixture.claim(stamp) == .granted)
        #expect(try fixture.claim(stamp, follower: follower) == .following)
        fixture.store.release(stamp, because: .stopped)
        #expect(follower.heard == [.released(.stopped)])
        // Also under another body: nothing of the refused one is left.
        try fixture.accept(fixture.stamp(1, body: 9))
        #expect(follower.heard.count == 1)
    }

    @Test func `no more requests wait for others than the limit says`() throws {
        let fixture = try ClaimFixture()
        let stamp = fixture.stamp(1)
        #expect(try fixture.claim(stamp) == .granted)
        for _ in 0..<4096 { #expect(try fixture.claim(stamp) == .following) }
        #expect(try fixture.claim(stamp) == .tooManyFollowers(limit: 4096))
        try fixture.commit(stamp)
        #expect(try fixture.answering(stamp) == 1)
    }

    @Test func `a key answers until the window has passed`() throws {
        let fixture = try ClaimFixture()
        let stamp = fixture.stamp(1)
        let sequence = try fixture.accept(stamp)
        fixture.nowSeconds += ClaimFixture.windowSeconds - 1
        #expect(try fixture.answering(stamp) == sequence)
        fixture.nowSeconds += 1
        #expect(try fixture.answering(stamp) == nil)
        let second = try fixture.accept(stamp)
        #expect(try fixture.answering(stamp) == second)
        try fixture.restart()
        #expect(try fixture.answering(stamp) == second)
    }

    @Test func `a key ends with its event`() throws {
        let fixture = try ClaimFixture()
        let (first, second) = (fixture.stamp(1), fixture.stamp(2))
        try fixture.accept(first)
        try fixture.accept(second)
        fixture.store.forgetEvents(before: 2)
        #expect(try fixture.answering(first) == nil)
        #expect(try fixture.answering(second) == 2)
    }

    @Test func `keys in memory and in files survive a crash and a restart`() throws {
        let fixture = try ClaimFixture()
        for key in 0..<200 {
            try fixture.accept(fixture.stamp(key))
            if key.isMultiple(of: 3) { try fixture.commit(nil) }
        }
        try fixture.waitForFiles { $0.count > 3 }
        let crashed = try fixture.crashed()
        try fixture.restart()
        for survivor in [fixture, crashed] {
            for key in 0..<200 {
                let sequence = try #require(try survivor.answering(survivor.stamp(key)), "\(key)")
                #expect(sequence == UInt64(key + 1 + (key + 2) / 3))
                #expect(try survivor.claim(survivor.stamp(key, body: 1)) == .conflicting)
            }
            #expect(try survivor.answering(survivor.stamp(200)) == nil)
            #expect(!survivor.notices.all.contains { if case .rebuilding = $0 { true } else { false } })
        }
    }

    @Test func `deleted files of keys are made again from the log`() throws {
        let fixture = try ClaimFixture()
        for key in 0..<100 { try fixture.accept(fixture.stamp(key)) }
        try fixture.restart { try FileManager.default.removeItem(atPath: fixture.claims) }
        for key in 0..<100 { #expect(try fixture.answering(fixture.stamp(key)) == UInt64(key + 1)) }
        #expect(fixture.notices.all == [.ready(keys: 100)])
    }

    @Test func `damaged files of keys are made again from the log`() throws {
        let fixture = try ClaimFixture()
        for key in 0..<100 { try fixture.accept(fixture.stamp(key)) }
        try fixture.waitForFiles { $0.count > 2 }
        try fixture.restart {
            let name = try FileManager.default.contentsOfDirectory(atPath: fixture.claims).sorted()[1]
            let handle = try #require(FileHandle(forWritingAtPath: fixture.claims + "/" + name))
            try handle.seek(toOffset: 100)
            try handle.write(contentsOf: [0xFF, 0xFE])
        }
        for key in 0..<100 { #expect(try fixture.answering(fixture.stamp(key)) == UInt64(key + 1)) }
        #expect(fixture.notices.all.contains { if case .rebuilding = $0 { true } else { false } })
    }

    @Test func `files of another log are not believed`() throws {
        let fixture = try ClaimFixture()
        for key in 0..<100 { try fixture.accept(fixture.stamp(key)) }
        fixture.store.stop()
        let other = try ClaimFixture()
        try other.accept(other.stamp(1000))
        try other.restart {
            try FileManager.default.removeItem(atPath: other.claims)
            try FileManager.default.copyItem(atPath: fixture.claims, toPath: other.claims)
        }
        #expect(try other.answering(other.stamp(5)) == nil)
        #expect(try other.answering(other.stamp(1000)) == 1)
    }

    @Test func `files go when the window has passed`() throws {
        let fixture = try ClaimFixture()
        for key in 0..<100 { try fixture.accept(fixture.stamp(key)) }
        try fixture.waitForFiles { $0.count > 2 }
        fixture.nowSeconds += ClaimFixture.windowSeconds + 1
        for key in 100..<132 { try fixture.accept(fixture.stamp(key)) }
        // All that were there before hold keys of the first hundred events.
        try fixture.waitForFiles { names in names.allSatisfy { $0 > "00000000000000000080" } }
        #expect(try fixture.answering(fixture.stamp(5)) == nil)
        #expect(try fixture.answering(fixture.stamp(131)) == 132)
    }

    @Test func `beyond the limit of keys the oldest are forgotten, and that is told`() throws {
        let fixture = try ClaimFixture(keysLimit: 64)
        for key in 0..<400 { try fixture.accept(fixture.stamp(key)) }
        try fixture.waitForFiles { names in names.allSatisfy { $0 > "00000000000000000100" } }
        #expect(try fixture.answering(fixture.stamp(399)) == 400)
        #expect(try fixture.answering(fixture.stamp(5)) == nil)
        let isTold = fixture.notices.all.contains { if case .windowCutShort = $0 { true } else { false } }
        #expect(isTold)
    }

    @Test func `an unwritable directory refuses keyed requests before memory grows, and mends by itself`() throws {
        let fixture = try ClaimFixture()
        // A file where the directory was: root may write to a directory whatever its mode is.
        try FileManager.default.removeItem(atPath: fixture.claims)
        try Data().write(to: URL(fileURLWithPath: fixture.claims))
        var acceptedCount = 0
        while try fixture.claim(fixture.stamp(acceptedCount)) == .granted, acceptedCount < 1000 {
            try fixture.commit(fixture.stamp(acceptedCount))
            acceptedCount += 1
        }
        #expect((32...49).contains(acceptedCount), "\(acceptedCount)")
        try FileManager.default.removeItem(atPath: fixture.claims)
        try FileManager.default.createDirectory(atPath: fixture.claims, withIntermediateDirectories: false)
        try fixture.waitForFiles { !$0.isEmpty }
        for key in 0..<acceptedCount {
            var outcome = ClaimOutcome.notReady
            while outcome == .notReady { outcome = try fixture.claim(fixture.stamp(key)) }
            guard case .settled(UInt64(key + 1), _) = outcome else {
                Issue.record("\(key): \(outcome)")
                continue
            }
        }
    }
}
