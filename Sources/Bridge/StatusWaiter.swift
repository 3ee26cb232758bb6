import HTTPMessage
import Synchronization

/// Whose changes a waiter is told of.
struct WaitKey: Hashable, Sendable {
    let tenant: String
    let cid: String
}

/// A request in the ``WaitingRoom``.
final class StatusWaiter: HTTPPeerObserver, @unchecked Sendable {
    enum Kind: Sendable {
        /// One answer, as soon as it tells of an end, or when the time is up.
        case page(StatusSubject, StatusQuery)
        /// Every change until the end.
        case stream(StreamProgress)
    }

    let key: WaitKey
    let reply: Reply
    let exchange: any SuspendedExchange
    /// In the room's milliseconds.
    let admitted: Int64
    // Only the room's thread uses these two.
    var kind: Kind
    var hasBegun = false
    /// A stream's peer has not taken all that was written. Set before each write, so that a peer that is ready again
    /// before the write returns is not missed.
    private let behind = Atomic<Bool>(false)
    private let room: WaitingRoom

    init(_ key: WaitKey, _ kind: Kind, reply: Reply, room: WaitingRoom, now: Int64) {
        self.key = key
        self.kind = kind
        self.room = room
        admitted = now
        exchange = reply.suspendExchange()
        self.reply = Reply(reply, through: exchange)
    }

    var isBehind: Bool {
        get { behind.load(ordering: .sequentiallyConsistent) }
        set { behind.store(newValue, ordering: .sequentiallyConsistent) }
    }

    func peerIsGone() { room.leave(self) }

    func peerIsReady() {
        isBehind = false
        room.look(at: key)
    }
}
