import DurableIO
import Spool
import Testing
import Threading

struct LogFollowerTests {
    private func next(_ follower: LogFollower) throws -> UInt64 {
        let attemptsLimit = 1000
        for _ in 0..<attemptsLimit {
            switch try follower.next() {
            case .record(let sequence, _): return sequence
            // Far longer than a hint takes, far shorter than the look without one.
            case .end: follower.wait(milliseconds: 10_000)
            case .damaged, .missing: throw SpoolError.stopped
            }
        }
        throw SpoolError.stopped
    }

    @Test func `a follower sleeps until another thread writes, over segments, and gives each record once`() throws {
        let directory = try TemporaryDirectory()
        try LogAppender(directory, segmentBytes: 100).append("0")
        let follower = LogFollower(directory: directory.events, disk: LinuxDisk(), from: 1)
        #expect(try next(follower) == 1)
        let begin = ContinuousClock.now
        for number in UInt64(2)...20 {
            let writer = try WorkerThread(name: "writer") {
                _ = try? LogAppender(directory, segmentBytes: 100).append("\(number)")
            }
            #expect(try next(follower) == number)
            writer.join()
        }
        #expect(ContinuousClock.now - begin < .seconds(10), "it was woken, and did not wait for its own look")
    }

    @Test func `a log that is begun later is followed from its beginning`() throws {
        let directory = try TemporaryDirectory()
        let follower = LogFollower(directory: directory.events, disk: LinuxDisk(), from: 1)
        guard case .end = try follower.next() else { throw SpoolError.stopped }
        #expect(follower.descriptor == nil)
        try LogAppender(directory).append("1")
        #expect(try next(follower) == 1)
        #expect(follower.descriptor != nil)
    }
}
