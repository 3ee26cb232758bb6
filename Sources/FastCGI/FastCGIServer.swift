import CFastCGI
import CLinux
import Glibc
import HTTPMessage
import Synchronization
import Threading

/// Serves FastCGI: a few worker threads share one epoll that holds the listening socket and every kept-alive connection,
/// so that an idle connection costs no thread.
///
/// A worker reads a request and calls the handler; whoever has the answer gives it, and the connection goes back into
/// the epoll. So a request that waits for the disk holds no worker either.
package final class FastCGIServer: @unchecked Sendable {
    // All that changes is atomic or in a monitor; the rest is written before the first thread starts.
    package struct Options: Sendable {
        package var workers: Int
        /// Connections held at once; more wait in the listening socket's backlog.
        package var connectionsLimit: Int
        /// How long a peer may stall in the middle of a request or an answer.
        package var peerTimeoutSeconds: Int
        /// Longest body that is handed on, at the start.
        package var bodyBytesLimit: Int
        /// A longer body than allowed is read and dropped up to here; beyond it the connection is closed.
        package static func drainedBytesLimit(bodyBytesLimit: Int) -> Int { max(64 << 20, 4 * bodyBytesLimit) }

        package init(
            workers: Int = 4, connectionsLimit: Int = 2048, peerTimeoutSeconds: Int = 30, bodyBytesLimit: Int = 10 << 20
        ) {
            self.workers = workers
            self.connectionsLimit = connectionsLimit
            self.peerTimeoutSeconds = peerTimeoutSeconds
            self.bodyBytesLimit = bodyBytesLimit
        }
    }

    /// What an operator should hear of.
    package enum Notice: Sendable, Equatable {
        /// accept(2) failed: for want of descriptors or memory, accepting pauses and goes on by itself.
        case acceptFailed(errno: Int32)
        case connectionsLimitReached(Int)
    }

    let options: Options
    private let listener: ListeningSocket
    private let handler: any HTTPHandler
    private let notice: @Sendable (Notice) -> Void
    // Written once, before the first thread starts.
    private let epoll: Int32
    private let stopDescriptor: Int32
    /// Every open connection; the epoll holds only their addresses.
    private let connections = Monitor<Set<Held>>([])
    private let threads = Monitor<[WorkerThread]>([])
    private let isDraining = Atomic<Bool>(false)
    /// Looks after the peers of suspended requests.
    let peerWatch: PeerWatch
    /// Keeps connections for the next bridge; nil closes them.
    private let store: ConnectionStore?
    private let inherited: [Int32]
    /// Connections left to it. A worker may still hold the address of one.
    private let retired = Monitor<[FastCGIConnection]>([])
    private let isAcceptPaused = Atomic<Bool>(false)
    private let isHastened = Atomic<Bool>(false)
    private let bodyBytes: Atomic<Int>
    /// Per worker: odd while it serves a connection, and another number for each.
    private let turns: [Atomic64]

    private static let acceptPauseMilliseconds: Int32 = 100
    private static let listenerTag: UInt64 = 0
    private static let stopTag: UInt64 = 1

    private struct Held: Hashable {
        let connection: FastCGIConnection
        static func == (left: Held, right: Held) -> Bool { left.connection === right.connection }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(connection)) }
    }

    /// - Parameters:
    ///   - inherited: open connections that the last bridge has left.
    ///   - store: where to leave them for the next.
    /// - Throws: ``FastCGIError`` when libfcgi or the kernel refuses.
    package init(
        listener: ListeningSocket, inherited: [Int32] = [], store: ConnectionStore? = nil,
        options: Options, handler: any HTTPHandler,
        notice: @escaping @Sendable (Notice) -> Void
    ) throws(FastCGIError) {
        let status = FCGX_Init()
        guard status == 0 else { throw .library(status: status) }
        // libfcgi has just taken SIGPIPE, SIGUSR1 and SIGTERM for itself.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGUSR1, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
        self.listener = listener
        self.store = store
        self.inherited = inherited
        self.options = options
        bodyBytes = Atomic(options.bodyBytesLimit)
        turns = (0..<options.workers).map { _ in Atomic64() }
        self.handler = handler
        self.notice = notice
        peerWatch = try PeerWatch(stallSecondsLimit: options.peerTimeoutSeconds)
        epoll = fx_epoll_create()
        guard epoll >= 0 else { throw .systemCall("epoll_create1", path: "", errno: errno) }
        stopDescriptor = fx_event_descriptor()
        guard stopDescriptor >= 0 else { throw .systemCall("eventfd", path: "", errno: errno) }
        guard fx_epoll_add(epoll, stopDescriptor, FX_EPOLLIN, Self.stopTag) == 0,
            fx_epoll_add(epoll, listener.descriptor, FX_EPOLLIN | FX_EPOLLEXCLUSIVE, Self.listenerTag) == 0
        else { throw .systemCall("epoll_ctl", path: "", errno: errno) }
    }

    deinit {
        Glibc.close(epoll)
        Glibc.close(stopDescriptor)
    }

    /// Starts the workers.
    package func start() throws(ThreadError) {
        try peerWatch.start()
        for descriptor in inherited { adopt(descriptor) }
        for worker in 0..<options.workers {
            let thread = try WorkerThread(name: "fx-worker-\(worker)") { self.work(worker) }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Connections of the front server that are open now, idle ones included.
    package var connectionsCount: Int { connections.withLock { $0.count } }

    /// Longest body that is handed on; requests that come are held against the new one.
    package var bodyBytesLimit: Int {
        get { bodyBytes.load(ordering: .relaxed) }
        set { bodyBytes.store(newValue, ordering: .relaxed) }
    }
    var drainedBytesLimit: Int { Options.drainedBytesLimit(bodyBytesLimit: bodyBytesLimit) }

    /// A number for each worker that is odd while it serves a request and grows with each: a worker whose number is odd
    /// and stays the same is held by something.
    package var workerTurns: [UInt64] { turns.map { $0.value } }

    /// Lets a drain that is under way, or the next one, wait no longer for connections that are busy.
    package func hasten() {
        isHastened.store(true, ordering: .sequentiallyConsistent)
        connections.update { _ in .all }
    }

    /// Accepts no more, answers what has come, closes all connections and ends the workers. A second time it only waits.
    ///
    /// - Returns: false if some connections were still busy when the time was up.
    package func drain(milliseconds: Int) -> Bool {
        if !isDraining.exchange(true, ordering: .sequentiallyConsistent) {
            _ = fx_epoll_remove(epoll, listener.descriptor)
            listener.close()
        }
        for entry in connections.withLock({ $0 }) { dismiss(entry.connection) }
        let isEmpty =
            connections.wait(milliseconds: milliseconds) { held in
                held.isEmpty ? true : isHastened.load(ordering: .sequentiallyConsistent) ? false : nil
            } ?? false
        _ = fx_event_signal(stopDescriptor)
        // A worker that a stalled peer holds ends with the process.
        if isEmpty {
            let running = threads.withLock { threads in
                defer { threads = [] }
                return threads
            }
            for thread in running { thread.join() }
            peerWatch.stop()
        }
        return isEmpty
    }

    /// Lets a connection go when the server is about to stop, unless a request is under way on it.
    private func dismiss(_ connection: FastCGIConnection) {
        guard store != nil else { return connection.hangUpIfIdle() }
        if connection.retireIfIdle() { retire(connection) }
    }

    /// Leaves a connection on which no request is under way to the next bridge, or closes it.
    private func retire(_ connection: FastCGIConnection) {
        _ = fx_epoll_remove(epoll, connection.descriptor)
        store?.keep(connection.descriptor)
        retired.withLock { $0.append(connection) }
        close(connection)
    }

    /// Gives a connection back to the epoll, or lets it go when the server is about to stop.
    func rearm(_ connection: FastCGIConnection) {
        if isDraining.load(ordering: .sequentiallyConsistent) {
            retire(connection)
            return
        }
        connection.becomeIdle()
        let status = unsafe fx_epoll_modify(
            epoll, connection.descriptor, Self.armed,
            UInt64(UInt(bitPattern: Unmanaged.passUnretained(connection).toOpaque())))
        if status != 0 {
            close(connection)
        } else if isDraining.load(ordering: .sequentiallyConsistent) {
            // The drain may have passed by while this connection was still busy.
            dismiss(connection)
        }
    }

    /// Closes a connection that nothing is left to be read from.
    func close(_ connection: FastCGIConnection) {
        forget(connection)
        Glibc.close(connection.descriptor)
    }

    /// Drops a connection whose descriptor libfcgi has closed.
    func forget(_ connection: FastCGIConnection) {
        connections.update { held in
            held.remove(Held(connection: connection))
            return held.isEmpty ? .all : .nobody
        }
    }

    private static var armed: UInt32 { FX_EPOLLIN | FX_EPOLLRDHUP | FX_EPOLLONESHOT }

    private func work(_ worker: Int) {
        var isWatchingPause = false
        var scratch = BodyScratch()
        while true {
            var events: UInt32 = 0
            var tag: UInt64 = 0
            let count = unsafe fx_epoll_wait_one(
                epoll, isWatchingPause ? Self.acceptPauseMilliseconds : -1, &events, &tag)
            if isWatchingPause {
                resumeAccepting()
                isWatchingPause = false
            }
            guard count == 1 else { continue }
            switch tag {
            case Self.stopTag: return
            case Self.listenerTag: isWatchingPause = !accept()
            default:
                guard let pointer = unsafe UnsafeRawPointer(bitPattern: UInt(tag)) else { continue }
                // The set of connections holds it until this thread, to which epoll gave it, lets it go.
                let connection = unsafe Unmanaged<FastCGIConnection>.fromOpaque(pointer).takeUnretainedValue()
                let isHungUp = events & (FX_EPOLLRDHUP | FX_EPOLLHUP | FX_EPOLLERR) != 0
                turns[worker].increment()
                connection.serve(isHungUp: isHungUp, handler: handler, worker: worker, scratch: &scratch)
                turns[worker].increment()
            }
        }
    }

    /// Takes one connection; false when accepting has to pause.
    private func accept() -> Bool {
        if connections.withLock({ $0.count }) >= options.connectionsLimit {
            notice(.connectionsLimitReached(options.connectionsLimit))
            return pauseAccepting()
        }
        let descriptor = fx_accept(listener.descriptor)
        guard descriptor >= 0 else {
            switch errno {
            // Another worker took it, or the peer is gone already.
            case EAGAIN, ECONNABORTED, EINTR: return true
            default:
                if isDraining.load(ordering: .sequentiallyConsistent) { return true }
                notice(.acceptFailed(errno: errno))
                return pauseAccepting()
            }
        }
        adopt(descriptor)
        return true
    }

    /// Begins to serve a connection.
    private func adopt(_ descriptor: Int32) {
        let connection = FastCGIConnection(descriptor: descriptor, server: self)
        connections.withLock { held in _ = held.insert(Held(connection: connection)) }
        let status = unsafe fx_epoll_add(
            epoll, descriptor, Self.armed, UInt64(UInt(bitPattern: Unmanaged.passUnretained(connection).toOpaque())))
        if status != 0 {
            close(connection)
        } else if isDraining.load(ordering: .sequentiallyConsistent) {
            // The drain may have passed by before this connection was among the others.
            dismiss(connection)
        }
    }

    /// The listening socket stays readable while nothing can be accepted: out of the epoll with it, or it spins.
    ///
    /// - Returns: false for the worker that is to resume accepting later.
    private func pauseAccepting() -> Bool {
        let wasPaused = isAcceptPaused.exchange(true, ordering: .sequentiallyConsistent)
        if !wasPaused { _ = fx_epoll_remove(epoll, listener.descriptor) }
        return wasPaused
    }

    private func resumeAccepting() {
        isAcceptPaused.store(false, ordering: .sequentiallyConsistent)
        guard !isDraining.load(ordering: .sequentiallyConsistent) else { return }
        _ = fx_epoll_add(epoll, listener.descriptor, FX_EPOLLIN | FX_EPOLLEXCLUSIVE, Self.listenerTag)
    }
}

/// A counter that one thread adds to and others look at.
private final class Atomic64: Sendable {
    private let number = Atomic<UInt64>(0)
    var value: UInt64 { number.load(ordering: .relaxed) }
    func increment() { number.wrappingAdd(1, ordering: .relaxed) }
}
