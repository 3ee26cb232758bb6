import Testing

@testable import Bridge

@Suite("The limit on failed authentications")
struct FailureLimiterTests {
    @Test("lets a burst fail, then as many as the rate says, and tells how long to wait")
    func bucket() {
        let limiter = FailureLimiter(perMinute: 60, burst: 5)
        for _ in 0..<5 { #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment) == nil) }
        #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment) == 1)
        #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment + 999_999) == 1)
        #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment + 1_000_000) == nil)
        #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment + 1_000_000) == 1)
        // Those that were refused weigh nothing, and an account is settled in the end.
        for _ in 0..<5 { #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment + 60_000_000) == nil) }
    }

    @Test("knows each address by itself, and an IPv6 customer by its /64")
    func addresses() {
        let limiter = FailureLimiter(perMinute: 1, burst: 1)
        func isFirst(_ address: String) -> Bool { limiter.note(address: address, nowMicroseconds: moment) == nil }
        #expect(isFirst("192.0.2.1") && isFirst("192.0.2.2") && isFirst("2001:db8::1") && isFirst("2001:db8:0:1::1"))
        #expect(isFirst("::1") && isFirst("0.0.0.1") && isFirst("unix:"))
        for address in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::ffff", "2001:db8:0:1::2", "", "nonsense"] {
            #expect(!isFirst(address), "\(address)")
        }
    }

    @Test("holds whatever is done to the clock")
    func clock() {
        let limiter = FailureLimiter(perMinute: 60, burst: 2)
        for _ in 0..<3 { _ = limiter.note(address: "192.0.2.1", nowMicroseconds: moment) }
        // A day back: the account is not full for a day.
        #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment - 86_400_000_000) == 1)
    }

    @Test("takes the same memory for any number of addresses, and forgets the least of them")
    func table() {
        let limiter = FailureLimiter(perMinute: 1, burst: 3)
        for _ in 0..<3 { #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment) == nil) }
        for number in 0..<20_000 {
            _ = limiter.note(address: "10.0.\(number / 256 % 256).\(number % 256)", nowMicroseconds: moment)
        }
        // It has the most on its account, so that others were forgotten for it.
        #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment) != nil)
    }

    @Test("of 0 a minute is none")
    func off() {
        let limiter = FailureLimiter(perMinute: 0, burst: 1)
        for _ in 0..<1000 { #expect(limiter.note(address: "192.0.2.1", nowMicroseconds: moment) == nil) }
    }
}
