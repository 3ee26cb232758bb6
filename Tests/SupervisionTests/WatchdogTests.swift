import Testing
import Threading

@testable import Supervision

@Suite struct WatchdogTests {
    private let committers = Monitor<[UInt64]>([1, 1])
    private let workers = Monitor<[UInt64]>([0, 0])

    private func judge(stallMilliseconds: Int = 250) -> Watchdog.Judge {
        Watchdog.Judge(signs: signs, workerStallMilliseconds: stallMilliseconds)
    }

    private var signs: Watchdog.Signs {
        let (committers, workers) = (committers, workers)
        return .init(committers: { committers.withLock { $0 } }, workers: { workers.withLock { $0 } })
    }

    private func isAlive(_ judge: inout Watchdog.Judge) -> Bool {
        judge.isAlive(afterMilliseconds: 100)
    }

    private func beat() { committers.withLock { $0 = $0.map { $0 + 1 } } }

    @Test func `an idle bridge lives as long as its committers give signs`() {
        var judge = judge()
        for _ in 0..<100 {
            beat()
            #expect(isAlive(&judge))
        }
    }

    @Test func `one committer that gives no sign is enough`() {
        var judge = judge()
        committers.withLock { $0[0] += 1 }
        #expect(!isAlive(&judge))
        beat()
        #expect(isAlive(&judge), "it was only slow")
    }

    @Test func `workers may all be held as long as a peer may stall, by the same request`() {
        var judge = judge()
        workers.withLock { $0 = [7, 9] }
        var verdicts: [Bool] = []
        for _ in 0..<5 {
            beat()
            verdicts.append(isAlive(&judge))
        }
        #expect(verdicts == [true, true, true, false, false], "seen for the first time, then 100, 200, 300, 400 ms")
        beat()
        workers.withLock { $0[1] = 11 }
        #expect(isAlive(&judge), "another request is progress")
    }

    @Test func `one idle worker is enough`() {
        var judge = judge()
        workers.withLock { $0 = [7, 8] }
        for _ in 0..<100 {
            beat()
            #expect(isAlive(&judge))
        }
    }

    @Test(arguments: [
        (nil, nil), ("", nil), ("0", nil), ("-5", nil), ("soon", nil), ("1000", "1"),
    ])
    func `nothing wakes up where no watchdog is asked for`(microseconds: String?, pid: String?) {
        let watchdog = Watchdog(
            watchdogMicroseconds: microseconds, watchdogPID: pid, workerStallMilliseconds: 1, signs: signs, tell: {})
        #expect(watchdog == nil)
    }

    @Test func `it speaks while there are signs, and ends when it is told to`() throws {
        let told = Monitor(0)
        let committers = committers
        let watchdog = try #require(
            Watchdog(
                watchdogMicroseconds: "2000", watchdogPID: nil, workerStallMilliseconds: 1000,
                signs: .init(
                    committers: {
                        committers.withLock { signs in
                            signs = signs.map { $0 + 1 }
                            return signs
                        }
                    }, workers: { [] })
            ) {
                told.update { told in
                    told += 1
                    return .all
                }
            })
        try watchdog.start()
        let isTold = told.wait(milliseconds: 20_000) { $0 >= 3 ? true : nil }
        #expect(isTold == true)
        watchdog.stop()
    }
}
