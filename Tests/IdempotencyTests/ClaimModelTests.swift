import Foundation
import Idempotency
import Spool
import Testing

/// Random histories of keyed requests, held against a plain dictionary.
@Suite struct ClaimModelTests {
    private struct Known {
        var body: Int
        var sequence: UInt64
        var recordedSeconds: Int64
    }

    private struct UnderWay {
        var body: Int
        var followers: [(body: Int, follower: RecordingFollower)] = []
    }

    /// One history: what the store must know, and what is under way.
    private struct History {
        var fixture: ClaimFixture
        var dice: SeededGenerator
        var known: [Int: Known] = [:]
        var underWay: [Int: UnderWay] = [:]

        mutating func step() throws {
            switch Int.random(in: 0..<100, using: &dice) {
            case 0..<60: try ask()
            case 60..<75: try settleOne()
            case 75..<82: refuseOne()
            case 82..<90: fixture.nowSeconds += Int64.random(in: 0..<60, using: &dice)
            case 90..<96: try fixture.commit(nil)
            case 96..<98: try restart(crashing: false)
            default: try restart(crashing: true)
            }
        }

        private mutating func ask() throws {
            // With more the store would rightly wait for its files.
            if underWay.count > 20 { try settleOne() }
            let (key, body) = (Int.random(in: 0..<150, using: &dice), Int.random(in: 0..<8, using: &dice) / 7)
            let stamp = fixture.stamp(key, body: body)
            let follower = RecordingFollower()
            var outcome = ClaimOutcome.notReady
            while outcome == .notReady { outcome = try fixture.claim(stamp, follower: follower) }
            if underWay[key] != nil {
                #expect(outcome == .following)
                underWay[key]?.followers.append((body, follower))
            } else if let entry = known[key],
                entry.recordedSeconds > fixture.nowSeconds - ClaimFixture.windowSeconds
            {
                if entry.body != body {
                    #expect(outcome == .conflicting)
                } else if case .settled(let sequence, _) = outcome {
                    #expect(sequence == entry.sequence)
                } else {
                    Issue.record("\(outcome) for a key that is known")
                }
            } else {
                #expect(outcome == .granted)
                underWay[key] = UnderWay(body: body)
            }
        }

        /// A key that is under way, gone from the list of them.
        private mutating func takeOne() -> (key: Int, UnderWay)? {
            guard let key = underWay.keys.sorted().randomElement(using: &dice) else { return nil }
            return underWay.removeValue(forKey: key).map { (key, $0) }
        }

        private mutating func settleOne() throws {
            guard let (key, request) = takeOne() else { return }
            let sequence = try fixture.commit(fixture.stamp(key, body: request.body))
            known[key] = Known(body: request.body, sequence: sequence, recordedSeconds: fixture.nowSeconds)
            let answer = ClaimAnswer(cid: "cid-\(sequence)", type: "t")
            for (body, follower) in request.followers {
                #expect(follower.heard == [body == request.body ? .settled(answer) : .conflicting])
            }
        }

        private mutating func refuseOne() {
            guard let (key, request) = takeOne() else { return }
            fixture.store.release(fixture.stamp(key, body: request.body), because: .stopped)
            for (_, follower) in request.followers { #expect(follower.heard == [.released(.stopped)]) }
        }

        /// What was under way is lost with the process; its senders come again.
        private mutating func restart(crashing: Bool) throws {
            underWay = [:]
            if crashing { fixture = try fixture.crashed() } else { try fixture.restart() }
        }
    }

    @Test(arguments: 0..<12) func `the store knows what a dictionary knows`(_ seed: UInt64) throws {
        var history = History(
            fixture: try ClaimFixture(keysPerRun: 32, unfiledSequencesLimit: 20), dice: SeededGenerator(state: seed))
        for _ in 0..<1500 { try history.step() }
        #expect(history.known.count > 50)
    }
}
