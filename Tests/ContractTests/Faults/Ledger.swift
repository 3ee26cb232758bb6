import Foundation

/// An event of a fault test: its number gives its cid and its body, so that nobody needs to keep them.
struct LedgerEvent {
    let run: String
    let number: Int

    var cid: String { "\(run)-\(number)" }

    /// `{"number":7,"fill":"…"}`, from 100 bytes to 256 KiB, mostly small.
    var body: [UInt8] {
        var random = SeededGenerator(UInt64(number) &* 0x1_0001)
        let classes = [100...1000, 100...1000, 100...1000, 1000...4000, 1000...8000]
        let isLarge = random.next() % 64 == 0
        let size = (isLarge ? 8_000...(256 << 10) : classes[Int(random.next() % 5)]).randomElement(using: &random) ?? 0
        var body = Array(#"{"number":\#(number),"fill":""#.utf8)
        let fillBytes = size - body.count - 2
        let start = Int(random.next() % UInt64(Self.noise.count - fillBytes))
        body.append(contentsOf: Self.noise[start..<start + fillBytes])
        body.append(contentsOf: Array("\"}".utf8))
        return body
    }

    private static let noise: [UInt8] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var random = SeededGenerator(1)
        return (0..<(512 << 10)).map { _ in alphabet[Int(random.next() >> 58)] }
    }()
}

/// What senders offered and what they were told, each in the moment in which it happened.
final class Ledger: @unchecked Sendable {
    enum Fate {
        /// Offered; no answer yet.
        case open
        case accepted
        /// The bridge said that it did not take it.
        case refused
        /// Nobody knows: the connection broke, or nginx said that the bridge did.
        case unknown
    }

    /// Tells this ledger's cids from others'.
    let run = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    // Guards all below.
    private let lock = NSLock()
    private var fates: [Fate] = []
    private var accepted = 0
    private var refusals: [String: Int] = [:]

    func offer() -> LedgerEvent {
        lock.withLock {
            fates.append(.open)
            return LedgerEvent(run: run, number: fates.count - 1)
        }
    }

    /// Notes an answer, or that none came.
    func note(_ event: LedgerEvent, _ reply: HTTPReply?) {
        let type = reply.flatMap { $0.status == 202 ? nil : $0.problem?.type ?? "status \($0.status)" }
        lock.withLock {
            switch reply?.status {
            case 202:
                fates[event.number] = .accepted
                accepted += 1
            case nil, 502, 504: fates[event.number] = .unknown
            default: fates[event.number] = .refused
            }
            if let type { refusals[type, default: 0] += 1 }
        }
    }

    var acceptedCount: Int { lock.withLock { accepted } }
    var offeredCount: Int { lock.withLock { fates.count } }
    /// How often each problem type was answered.
    var problems: [String: Int] { lock.withLock { refusals } }

    /// What is known now.
    var snapshot: [Fate] { lock.withLock { fates } }
}

extension [Ledger.Fate] {
    func numbers(_ isMeant: (Ledger.Fate) -> Bool) -> [Int] {
        indices.filter { isMeant(self[$0]) }
    }
}
