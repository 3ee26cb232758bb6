import StatusIndex
import Testing

struct RecentEventsTests {
    @Test func `what was noted is known to its tenant until the index has it`() {
        let recent = RecentEvents()
        recent.note(tenant: "acme", cid: "a", sequence: 1)
        recent.note(tenant: "acme", cid: "b", sequence: 2)
        #expect(recent.answer(tenant: "acme", cid: "a") == .known)
        #expect(recent.answer(tenant: "other", cid: "a") == .askIndex)
        recent.settle(before: 2)
        #expect(recent.answer(tenant: "acme", cid: "a") == .askIndex)
        #expect(recent.answer(tenant: "acme", cid: "b") == .known)
        recent.settle(before: 3)
        #expect(recent.answer(tenant: "acme", cid: "b") == .askIndex)
    }

    @Test func `a cid of several events is known until the index has the last of them`() {
        let recent = RecentEvents()
        for sequence in 1...3 { recent.note(tenant: "acme", cid: "a", sequence: UInt64(sequence)) }
        recent.settle(before: 3)
        #expect(recent.answer(tenant: "acme", cid: "a") == .known)
        recent.settle(before: 4)
        #expect(recent.answer(tenant: "acme", cid: "a") == .askIndex)
    }

    @Test func `an index that is ahead of the note needs none`() {
        let recent = RecentEvents()
        recent.settle(before: 6)
        recent.note(tenant: "acme", cid: "a", sequence: 5)
        #expect(recent.answer(tenant: "acme", cid: "a") == .askIndex)
        recent.note(tenant: "acme", cid: "b", sequence: 6)
        #expect(recent.answer(tenant: "acme", cid: "b") == .known)
    }

    @Test func `at the limit nothing more is noted, and the index is said to lag until it has all that was not`() {
        let recent = RecentEvents(eventsLimit: 3)
        for sequence in 1...3 { recent.note(tenant: "acme", cid: "c\(sequence)", sequence: UInt64(sequence)) }
        #expect(recent.isIndexComplete)
        #expect(recent.answer(tenant: "acme", cid: "unheard of") == .askIndex)
        for sequence in 4...5 { recent.note(tenant: "acme", cid: "c\(sequence)", sequence: UInt64(sequence)) }
        #expect(!recent.isIndexComplete)
        for cid in ["c1", "c2", "c3"] { #expect(recent.answer(tenant: "acme", cid: cid) == .known) }
        for cid in ["c4", "c5", "unheard of"] {
            #expect(recent.answer(tenant: "acme", cid: cid) == .askIndexWhichLags)
        }
        recent.settle(before: 4)
        // Room again, but the index still lacks what was not noted.
        recent.note(tenant: "acme", cid: "c6", sequence: 6)
        #expect(recent.answer(tenant: "acme", cid: "c6") == .known)
        #expect(recent.answer(tenant: "acme", cid: "c4") == .askIndexWhichLags)
        recent.settle(before: 5)
        #expect(recent.answer(tenant: "acme", cid: "c5") == .askIndexWhichLags)
        recent.settle(before: 6)
        #expect(recent.isIndexComplete)
        #expect(recent.answer(tenant: "acme", cid: "c4") == .askIndex)
    }

    @Test func `an index that is begun anew lags in everything, also in what it had`() {
        let recent = RecentEvents()
        for sequence in 1...4 { recent.note(tenant: "acme", cid: "c\(sequence)", sequence: UInt64(sequence)) }
        recent.settle(before: 4)
        #expect(recent.answer(tenant: "acme", cid: "c1") == .askIndex)
        recent.indexMayLack(before: 4)
        #expect(recent.answer(tenant: "acme", cid: "c1") == .askIndexWhichLags)
        #expect(recent.answer(tenant: "acme", cid: "c4") == .known)
        recent.settle(before: 2)
        #expect(recent.answer(tenant: "acme", cid: "c1") == .askIndexWhichLags)
        recent.settle(before: 5)
        #expect(recent.answer(tenant: "acme", cid: "c1") == .askIndex)
    }

    @Test func `a long queue gives its room back`() {
        let recent = RecentEvents(eventsLimit: 5000)
        for sequence in 1...50_000 as ClosedRange<UInt64> {
            recent.note(tenant: "acme", cid: "c\(sequence)", sequence: sequence)
            if sequence > 1000 { recent.settle(before: sequence - 1000) }
        }
        #expect(recent.isIndexComplete)
        #expect(recent.answer(tenant: "acme", cid: "c49001") == .known)
        #expect(recent.answer(tenant: "acme", cid: "c48998") == .askIndex)
    }
}
