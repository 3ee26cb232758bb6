import Testing

@testable import StatusIndex

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
        let recent = RecentEvents(limits: .init(events: 3))
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
        let recent = RecentEvents(limits: .init(events: 5000))
        for sequence in 1...50_000 as ClosedRange<UInt64> {
            recent.note(tenant: "acme", cid: "c\(sequence)", sequence: sequence)
            if sequence > 1000 { recent.settle(before: sequence - 1000) }
        }
        #expect(recent.isIndexComplete)
        #expect(recent.answer(tenant: "acme", cid: "c49001") == .known)
        #expect(recent.answer(tenant: "acme", cid: "c48998") == .askIndex)
    }

    @Test func `an event is found by the id that its sender gave it, and by no other`() {
        let recent = RecentEvents()
        recent.note(tenant: "acme", cid: "a", sequence: 1, sentID: "delivery")
        recent.note(tenant: "acme", cid: "b", sequence: 2, sentID: "e\u{301}")
        recent.note(tenant: "acme", cid: "delivery", sequence: 3)
        #expect(recent.cid(ofDelivery: "delivery", tenant: "acme") == "a")
        #expect(recent.cid(ofDelivery: "e\u{301}", tenant: "acme") == "b")
        // The same letter in other bytes.
        #expect(recent.cid(ofDelivery: "\u{e9}", tenant: "acme") == nil)
        #expect(recent.cid(ofDelivery: "delivery", tenant: "other") == nil)
        #expect(recent.cid(ofDelivery: "id-3", tenant: "acme") == nil)
        recent.note(tenant: "acme", cid: "c", sequence: 4, sentID: "delivery")
        #expect(recent.cid(ofDelivery: "delivery", tenant: "acme") == "c")
    }

    @Test func `names are found in a crowd, however many were asked for before`() {
        let recent = RecentEvents()
        for sequence in 1...20_000 as ClosedRange<UInt64> {
            recent.note(tenant: "acme", cid: "c\(sequence % 7000)", sequence: sequence, sentID: "d\(sequence)")
            if sequence.isMultiple(of: 3001) {
                #expect(recent.answer(tenant: "acme", cid: "c\(sequence % 7000)") == .known)
                #expect(recent.cid(ofDelivery: "d\(sequence / 2)", tenant: "acme") == "c\(sequence / 2 % 7000)")
            }
        }
        #expect((0..<7000).allSatisfy { recent.answer(tenant: "acme", cid: "c\($0)") == .known })
        #expect(recent.answer(tenant: "acme", cid: "c7000") == .askIndex)
        #expect((1...20_000).allSatisfy { recent.cid(ofDelivery: "d\($0)", tenant: "acme") == "c\($0 % 7000)" })
    }

    @Test func `the indexer is given what follows without a gap`() {
        let recent = RecentEvents()
        for sequence in [5, 6, 7, 9, 10] as [UInt64] { recent.note(tenant: "acme", cid: "c", sequence: sequence) }
        #expect(recent.follow(from: 3, limit: 10).isEmpty)
        #expect(recent.follow(from: 5, limit: 2).map(\.sequence) == [5, 6])
        #expect(recent.follow(from: 6, limit: 10).map(\.sequence) == [6, 7])
        #expect(recent.follow(from: 8, limit: 10).isEmpty)
        recent.note(tenant: "acme", cid: "c", sequence: 11)
        #expect(recent.follow(from: 9, limit: 10).map(\.sequence) == [9, 10])
        #expect(recent.follow(from: 11, limit: 10).map(\.sequence) == [11])
        #expect(recent.follow(from: 12, limit: 10).isEmpty)
        #expect(recent.answer(tenant: "acme", cid: "c") == .askIndex)
    }

    @Test func `events beyond the limit of bytes are left to the log`() {
        let recent = RecentEvents(limits: .init(bytes: 10_000))
        let long = String(repeating: "x", count: 4000)
        for sequence in 1...4 as ClosedRange<UInt64> {
            recent.note(tenant: "acme", cid: "c\(sequence)", sequence: sequence, sentID: long)
        }
        #expect(recent.follow(from: 1, limit: 10).map(\.sequence) == [1, 2])
        #expect(recent.answer(tenant: "acme", cid: "c3") == .askIndexWhichLags)
        #expect(recent.follow(from: 3, limit: 10).isEmpty)
        recent.note(tenant: "acme", cid: "c5", sequence: 5)
        #expect(recent.follow(from: 5, limit: 10).map(\.sequence) == [5])
    }
}

extension RecentEvents {
    fileprivate func note(tenant: String, cid: String, sequence: UInt64, sentID: String? = nil) {
        note(
            RecentEvent(
                sequence: sequence, tenant: tenant, cid: cid, id: sentID ?? "id-\(sequence)", isIDSent: sentID != nil,
                type: "t", recordedMicroseconds: 2))
    }
}
