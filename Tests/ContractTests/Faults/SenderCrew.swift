import Foundation

/// Senders that post one event after the other through nginx, each with a token and a connection of its own.
final class SenderCrew: @unchecked Sendable {
    // Guards `isStopping` and `acceptedLimit`.
    private let lock = NSLock()
    private var isStopping = false
    private var acceptedLimit: Int
    private let group = DispatchGroup()

    /// - Parameter acceptedLimit: they pause while the ledger has so many accepted events: however long a test is not
    ///   looking, they do not fill its disk.
    init(port: UInt16, tokens: [String], ledger: Ledger, acceptedLimit: Int = .max) {
        self.acceptedLimit = acceptedLimit
        for token in tokens {
            group.enter()
            Thread {
                self.run(port: port, token: token, ledger: ledger)
                self.group.leave()
            }.start()
        }
    }

    func goOn(untilAccepted limit: Int) {
        lock.withLock { acceptedLimit = limit }
    }

    /// Lets each sender hear its last answer.
    func stop() {
        lock.withLock { isStopping = true }
        group.wait()
    }

    private func run(port: UInt16, token: String, ledger: Ledger) {
        var connection: HTTPConnection?
        while !lock.withLock({ isStopping }) {
            guard ledger.acceptedCount < lock.withLock({ acceptedLimit }) else {
                usleep(1000)
                continue
            }
            let event = ledger.offer()
            let reply: HTTPReply?
            do {
                let open = try connection ?? HTTPConnection(port: port)
                connection = open
                reply = try open.post(event, token: token)
            } catch {
                reply = nil
            }
            ledger.note(event, reply)
            // nginx closes a connection after a thousand requests, and says so.
            if reply == nil || reply?.field("Connection") == "close" { connection = nil }
            // A sender that is refused does not hammer.
            if reply?.status != 202 { usleep(10_000) }
        }
    }
}

extension HTTPConnection {
    func post(_ event: LedgerEvent, token: String) throws -> HTTPReply {
        let fields = [("Content-Type", "application/json"), ("X-API-KEY", token), ("X-Correlation-ID", event.cid)]
        return try send("POST", "/fx/events/generic", fields: fields, body: event.body)
    }
}

/// Runs a body on so many threads, and waits for all.
///
/// - Throws: the first error that one of them threw.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let group = DispatchGroup()
    let lock = NSLock()
    // Written under the lock, read when all threads are done.
    nonisolated(unsafe) var failure: (any Error)?
    for index in 0..<count {
        group.enter()
        Thread {
            do { try body(index) } catch { lock.withLock { failure = failure ?? error } }
            group.leave()
        }.start()
    }
    group.wait()
    if let failure { throw failure }
}
