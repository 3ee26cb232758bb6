import CLinux
import Glibc
import Synchronization
import Threading

/// One thread that looks after the peers of all suspended requests: sees them hang up, sends on as they make room, and
/// drops those that take nothing for too long.
///
/// It has an epoll of its own, where a connection is known by a number that is never used again: what the kernel tells
/// about one that has been given back meanwhile finds nobody. It sleeps as long as nothing happens.
final class PeerWatch: @unchecked Sendable {
    // All that changes is atomic or behind `state`'s lock; the rest is written before the thread starts.
    /// What all peers together may be behind; beyond it the one that would need more is dropped.
    static let unsentBytesLimit = 32 << 20

    private struct State {
        var suspended: [UInt64: SuspendedConnection] = [:]
        var numbers: [ObjectIdentifier: UInt64] = [:]
        /// Those with something unsent.
        var behind: Set<UInt64> = []
        /// 0 is the wake-up call.
        var nextNumber: UInt64 = 1
        var isStopping = false
    }

    private let stallSecondsLimit: Int
    // Written once, before the thread starts.
    private let epoll: Int32
    private let wakeDescriptor: Int32
    private let state = Guarded(State())
    private let unsentBytes = Atomic<Int>(0)
    private let thread = ThreadSlot()

    private static let wakeTag: UInt64 = 0
    private static let stallLookMilliseconds: Int32 = 1000

    /// Seconds of a clock that nobody sets.
    static var nowSeconds: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }

    init(stallSecondsLimit: Int) throws(FastCGIError) {
        self.stallSecondsLimit = stallSecondsLimit
        epoll = fx_epoll_create()
        guard epoll >= 0 else { throw .systemCall("epoll_create1", path: "", errno: errno) }
        wakeDescriptor = fx_event_descriptor()
        guard wakeDescriptor >= 0, fx_epoll_add(epoll, wakeDescriptor, FX_EPOLLIN, Self.wakeTag) == 0 else {
            throw .systemCall("eventfd", path: "", errno: errno)
        }
    }

    deinit {
        close(epoll)
        close(wakeDescriptor)
    }

    func start() throws(ThreadError) {
        try thread.start(name: "fx-peers") { self.run() }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        _ = fx_event_signal(wakeDescriptor)
        thread.join()
    }

    // MARK: - For suspended connections

    /// Begins to watch. Only that both directions are closed is told, so that a peer may end its sending and still wait.
    func add(_ suspended: SuspendedConnection) {
        state.withLock { state in
            let number = state.nextNumber
            state.nextNumber += 1
            state.suspended[number] = suspended
            state.numbers[ObjectIdentifier(suspended)] = number
            _ = fx_epoll_add(epoll, suspended.descriptor, FX_EPOLLONESHOT, number)
        }
    }

    /// Says that the socket is full.
    func expectRoom(for suspended: SuspendedConnection) {
        state.withLock { state in
            guard let number = state.numbers[ObjectIdentifier(suspended)] else { return }
            // The thread sleeps without an end while nobody is behind.
            if state.behind.isEmpty { _ = fx_event_signal(wakeDescriptor) }
            state.behind.insert(number)
            _ = fx_epoll_modify(epoll, suspended.descriptor, FX_EPOLLOUT | FX_EPOLLONESHOT, number)
        }
    }

    /// Says that there is nothing left to send for now.
    func expectHangUp(of suspended: SuspendedConnection) {
        state.withLock { state in
            guard let number = state.numbers[ObjectIdentifier(suspended)] else { return }
            state.behind.remove(number)
            _ = fx_epoll_modify(epoll, suspended.descriptor, FX_EPOLLONESHOT, number)
        }
    }

    /// Ends watching; the descriptor is still open.
    func remove(_ suspended: SuspendedConnection) {
        state.withLock { state in
            guard let number = state.numbers.removeValue(forKey: ObjectIdentifier(suspended)) else { return }
            state.suspended[number] = nil
            state.behind.remove(number)
            _ = fx_epoll_remove(epoll, suspended.descriptor)
        }
    }

    /// Takes a share of what peers may be behind, to be released later; false if that is more than there is.
    func reserve(_ bytes: Int) -> Bool {
        let total = unsentBytes.add(bytes, ordering: .relaxed).newValue
        return total <= Self.unsentBytesLimit
    }

    func release(_ bytes: Int) { unsentBytes.subtract(bytes, ordering: .relaxed) }

    /// Bytes that peers have not taken yet.
    var unsent: Int { unsentBytes.load(ordering: .relaxed) }

    // MARK: - The thread

    private func run() {
        while true {
            var events: UInt32 = 0
            var tag: UInt64 = 0
            let isAnyBehind = state.withLock { !$0.behind.isEmpty }
            let count = unsafe fx_epoll_wait_one(
                epoll, isAnyBehind ? Self.stallLookMilliseconds : -1, &events, &tag)
            if isAnyBehind { dropStalled() }
            guard count == 1 else { continue }
            if tag == Self.wakeTag {
                var calls: UInt64 = 0
                _ = unsafe read(wakeDescriptor, &calls, MemoryLayout<UInt64>.size)
                if state.withLock({ $0.isStopping }) { return }
                continue
            }
            guard let suspended = state.withLock({ $0.suspended[tag] }) else { continue }
            if events & (FX_EPOLLHUP | FX_EPOLLERR) != 0 {
                suspended.peerHungUp()
            } else {
                suspended.peerMadeRoom()
            }
        }
    }

    private func dropStalled() {
        let since = Self.nowSeconds - Int64(stallSecondsLimit)
        let behind = state.withLock { state in state.behind.compactMap { state.suspended[$0] } }
        for suspended in behind { suspended.dropIfStalled(since: since) }
    }
}
