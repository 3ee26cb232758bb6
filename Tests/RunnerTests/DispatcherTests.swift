import Events
import Testing

@testable import Runner

struct DispatcherTests {
    private func catalog(_ services: [(String, Int)]) -> ServiceCatalog {
        ServiceCatalog(
            services: services.map { name, concurrency in
                var service = Service(name: name, command: ["true"], match: EventMatch(types: []))
                service.limits.concurrency = concurrency
                return service
            })
    }

    private func execution(_ service: String, _ number: UInt64, event: [UInt8]? = nil) throws -> PendingExecution {
        let digits = String(number, radix: 16)
        let id = ExecutionID(
            "\(String(repeating: "0", count: 8))-0000-8000-8000-" + String(repeating: "0", count: 12 - digits.count)
                + digits)
        return PendingExecution(
            id: try #require(id), service: service, tenant: "t", cid: try CorrelationID("c"), eventSequence: number,
            logSequence: number, event: event)
    }

    private func names(_ dispatcher: inout Dispatcher, now: Int64 = 0) -> [String] {
        var names: [String] = []
        while let turn = dispatcher.next(nowMilliseconds: now) {
            switch turn {
            case .run(let execution, _): names.append(execution.service)
            case .orphaned(let execution): names.append("-" + execution.service)
            }
        }
        return names
    }

    @Test func `services take turns`() throws {
        var dispatcher = Dispatcher(
            limits: RunLimits(concurrency: 6), catalog: catalog([("a", 9), ("b", 9), ("c", 9)]))
        for number in 1...10 { dispatcher.add(try execution("a", UInt64(number))) }
        for number in 11...12 { dispatcher.add(try execution("b", UInt64(number))) }
        dispatcher.add(try execution("c", 13))
        #expect(names(&dispatcher) == ["a", "b", "c", "a", "b", "a"])
    }

    @Test func `a place is kept for each service that runs nothing`() throws {
        var dispatcher = Dispatcher(
            limits: RunLimits(concurrency: 5), catalog: catalog([("slow", 9), ("b", 9), ("c", 1)]))
        for number in 1...10 { dispatcher.add(try execution("slow", UInt64(number))) }
        #expect(names(&dispatcher) == ["slow", "slow", "slow"])
        dispatcher.add(try execution("b", 11))
        dispatcher.add(try execution("b", 12))
        #expect(names(&dispatcher) == ["b"])
        dispatcher.add(try execution("c", 13))
        #expect(names(&dispatcher) == ["c"])
        dispatcher.end(of: "b")
        #expect(names(&dispatcher) == ["b"])
        #expect(dispatcher.runningCount == 5)
    }

    @Test func `with fewer places than services every one still gets its turn`() throws {
        var dispatcher = Dispatcher(
            limits: RunLimits(concurrency: 1), catalog: catalog([("a", 9), ("b", 9), ("c", 9)]))
        for number in 1...6 {
            for name in ["a", "b", "c"] { dispatcher.add(try execution(name, UInt64(number))) }
        }
        var order: [String] = []
        while case .run(let execution, _)? = dispatcher.next(nowMilliseconds: 0) {
            order.append(execution.service)
            dispatcher.end(of: execution.service)
        }
        #expect(order == Array(repeating: ["a", "b", "c"], count: 6).flatMap { $0 })
    }

    @Test func `a service does not exceed its own limit`() throws {
        var dispatcher = Dispatcher(limits: RunLimits(concurrency: 99), catalog: catalog([("a", 2)]))
        for number in 1...5 { dispatcher.add(try execution("a", UInt64(number))) }
        #expect(names(&dispatcher) == ["a", "a"])
        dispatcher.end(of: "a")
        #expect(names(&dispatcher) == ["a"])
    }

    @Test func `what is beyond the backlog waits on the log and is asked for when there is room`() throws {
        var dispatcher = Dispatcher(
            limits: RunLimits(concurrency: 1, backlog: 4), catalog: catalog([("a", 1)]))
        for number in 1...10 { dispatcher.add(try execution("a", UInt64(number))) }
        #expect(dispatcher.waitingCount == 10 && dispatcher.refill == nil)
        #expect(dispatcher.oldest ?? (0, 0) == (1, 1))
        for _ in 1...2 {
            #expect(names(&dispatcher) == ["a"])
            dispatcher.end(of: "a")
        }
        let refill = try #require(dispatcher.refill)
        #expect(refill.count == 2 && refill.spill == .init(first: 5, last: 10, count: 6, firstEvent: 5))
        dispatcher.refill("a", with: [try execution("a", 5), try execution("a", 6)], next: (log: 7, event: 7))
        #expect(dispatcher.waitingCount == 8 && dispatcher.refill == nil)
        // What comes now queues up behind what waits on the log.
        dispatcher.add(try execution("a", 11))
        var order: [UInt64] = []
        while let turn = dispatcher.next(nowMilliseconds: 0) {
            guard case .run(let execution, _) = turn else { break }
            order.append(execution.eventSequence)
            dispatcher.end(of: "a")
            if let refill = dispatcher.refill {
                let rest = try (refill.spill.first...refill.spill.last).map { try self.execution("a", $0) }
                let next = rest.dropFirst(refill.count).first
                dispatcher.refill(
                    "a", with: Array(rest.prefix(refill.count)), next: next.map { ($0.logSequence, $0.eventSequence) })
            }
        }
        #expect(order == Array(3...11))
        #expect(dispatcher.oldest == nil && dispatcher.waitingCount == 0)
    }

    @Test func `retries come when they are due, the soonest first, and their number is limited`() throws {
        var dispatcher = Dispatcher(limits: RunLimits(concurrency: 9, backlog: 2), catalog: catalog([("a", 9)]))
        for (number, due) in [(UInt64(1), Int64(200)), (2, 100)] {
            var failed = try execution("a", number)
            failed.dueMilliseconds = due
            dispatcher.addRetry(failed)
        }
        dispatcher.add(try execution("a", 3))
        #expect(dispatcher.nextDueMilliseconds == 100)
        // Two wait to be tried again, which is the limit: nothing new begins.
        #expect(names(&dispatcher, now: 99) == [])
        guard case .run(let first, _)? = dispatcher.next(nowMilliseconds: 100) else {
            Issue.record("nothing is due")
            return
        }
        #expect(first.eventSequence == 2)
        #expect(names(&dispatcher, now: 199).count == 1)
        #expect(names(&dispatcher, now: 200).count == 1)
    }

    @Test func `memory for events is limited over all services`() throws {
        var limits = RunLimits(concurrency: 99)
        limits.eventBytes = 250
        var dispatcher = Dispatcher(limits: limits, catalog: catalog([("a", 9), ("b", 9)]))
        let event = [UInt8](repeating: 0x20, count: 100)
        for number in 1...3 {
            dispatcher.add(try execution(number % 2 == 0 ? "b" : "a", UInt64(number), event: event))
        }
        #expect(dispatcher.eventBytes == 200)
        var held = 0
        while case .run(let execution, _)? = dispatcher.next(nowMilliseconds: 0) {
            held += execution.event == nil ? 0 : 1
        }
        #expect(held == 2 && dispatcher.eventBytes == 0)
    }

    @Test func `what waits for a removed service is an orphan, place or no place`() throws {
        var dispatcher = Dispatcher(limits: RunLimits(concurrency: 1), catalog: catalog([("a", 1), ("b", 1)]))
        dispatcher.add(try execution("a", 1))
        #expect(names(&dispatcher) == ["a"])
        dispatcher.add(try execution("b", 2))
        dispatcher.add(try execution("b", 3))
        dispatcher.replaceServices(catalog([("a", 1)]))
        #expect(names(&dispatcher) == ["-b", "-b"])
        for _ in 1...2 { dispatcher.end(of: "b") }
        #expect(dispatcher.lanes["b"] == nil)
        dispatcher.end(of: "a")
        #expect(dispatcher.runningCount == 0)
    }

    @Test(arguments: [
        (1, 0.0, 1000), (2, 0.0, 3000), (3, 0.0, 9000), (4, 0.0, 10_000), (900, 0.0, 10_000), (1, 1.0, 500),
        (2, 0.5, 2250),
    ])
    func `the pause before a retry grows up to its cap, less the jitter`(attempt: Int, chance: Double, expected: Int64)
    {
        let policy = RetryPolicy(attempts: 1000, base: .seconds(1), factor: 3, cap: .seconds(10), jitter: 0.5)
        #expect(policy.delayMilliseconds(after: attempt, chance: chance) == expected)
        #expect(policy.delayMilliseconds(after: 1000, chance: chance) == nil)
        #expect(RetryPolicy.none.delayMilliseconds(after: 1, chance: 0) == nil)
    }
}
