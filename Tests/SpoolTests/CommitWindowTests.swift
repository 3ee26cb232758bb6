import Testing

@testable import Spool

struct CommitWindowTests {
    private func nanoseconds(afterGroupOf records: Int, committedIn commitNanoseconds: Int64) -> Int64 {
        var window = CommitWindow()
        window.note(records: records, commitNanoseconds: commitNanoseconds)
        return window.nanoseconds
    }

    @Test func `nobody waits before anything is known of the senders`() {
        #expect(CommitWindow().nanoseconds == 0)
    }

    @Test func `senders that come one at a time wait for nobody`() {
        for records in 1..<CommitWindow.recordsFloor {
            #expect(nanoseconds(afterGroupOf: records, committedIn: 150_000) == 0)
        }
    }

    @Test func `many senders gather for as long as two commits take`() {
        #expect(nanoseconds(afterGroupOf: CommitWindow.recordsFloor, committedIn: 150_000) == 300_000)
    }

    @Test func `a slow disk makes nobody wait longer than the limit`() {
        #expect(nanoseconds(afterGroupOf: 64, committedIn: 5_000_000) == CommitWindow.nanosecondsLimit)
    }

    @Test func `the window closes when the senders have gone`() {
        var window = CommitWindow()
        window.note(records: 64, commitNanoseconds: 150_000)
        window.note(records: 1, commitNanoseconds: 150_000)
        #expect(window.nanoseconds == 0)
    }

    @Test func `as many records as came last end the wait, and no more than are enough`() {
        var window = CommitWindow()
        window.note(records: 7, commitNanoseconds: 150_000)
        #expect(window.records == 7)
        window.note(records: 200, commitNanoseconds: 150_000)
        #expect(window.records == CommitWindow.recordsEnough)
    }
}
