import CFastCGI
import CLinux
import Glibc
import HTTPMessage
import Synchronization

/// One connection of the front server, and the request that is under way on it: the only owner of a `FCGX_Request`.
///
/// Lifetime, as libfcgi 2.4.2 rules it: `FCGX_Accept_r` fills the request, its parameters and streams live until
/// `FCGX_Free`, and the streams point back at the request, which therefore never moves. A connection is used by one
/// thread at a time: the worker that epoll gave it to (one-shot), then whoever answers, then epoll again.
@safe
final class FastCGIConnection: HTTPExchange, @unchecked Sendable {
    // Ownership goes from thread to thread by epoll's one-shot arming and by the locks of whoever answers later.
    let descriptor: Int32
    private let request: UnsafeMutablePointer<FCGX_Request>
    private let server: FastCGIServer
    /// Whether the front server wants to go on with this connection after the answer.
    private var isKept = false
    /// Of the request that is under way.
    private var requestID: UInt16 = 0
    private let phase = Atomic<UInt8>(Phase.idle.rawValue)

    private enum Phase: UInt8 { case idle, busy, gone }

    init(descriptor: Int32, server: FastCGIServer) {
        self.descriptor = descriptor
        self.server = server
        unsafe request = .allocate(capacity: 1)
        unsafe request.initialize(to: FCGX_Request())
        // A stalled peer must not hold a thread for good, and libfcgi does not know non-blocking descriptors.
        var timeout = timeval(tv_sec: server.options.peerTimeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
    }

    deinit { unsafe request.deallocate() }

    /// Serves what the peer sent, on the thread that epoll woke.
    func serve(isHungUp: Bool, handler: any HTTPHandler, worker: Int, scratch: inout BodyScratch) {
        // It may have been left to the next bridge since epoll reported it.
        guard leaveIdle(for: .busy) else { return }
        if isHungUp, !hasBytes {
            server.close(self)
            return
        }
        unsafe FCGX_InitRequest(request, -1, 0)
        unsafe request.pointee.ipcFd = descriptor
        // Otherwise the accept below begins by closing the descriptor.
        unsafe request.pointee.keepConnection = 1
        // Where libfcgi closes it itself, it would wait up to 2 s for the peer to do so too, unless it is told that the
        // connection was passed on.
        unsafe request.pointee.detached = 1
        guard unsafe FCGX_Accept_r(request) == 0, let environment = unsafe request.pointee.envp else {
            // libfcgi has closed the descriptor.
            server.forget(self)
            return
        }
        isKept = unsafe request.pointee.keepConnection != 0
        requestID = unsafe UInt16(truncatingIfNeeded: request.pointee.requestId)
        let head = unsafe FastCGIRequestHead(environment: environment)
        let body = readBody(head, &scratch)
        // What libfcgi holds for a request, some 40 pieces of memory, goes where it came from: freed by whoever answers, it
        // would cost more than all else about the answer.
        unsafe FCGX_Free(request, 0)
        unsafe request.pointee.ipcFd = -1
        guard let body else {
            server.close(self)
            return
        }
        handler.handle(head.request(body: body), exchange: self, worker: worker)
    }

    /// Writes the answer and gives the connection back to epoll. Nothing in here waits for the disk, and the answer to an
    /// event fits the socket's buffer, which is empty then: whoever answers a whole group may call it.
    func respond(_ response: HTTPResponse) {
        var output: [UInt8] = []
        FastCGIRecord.append(response, requestID: requestID, to: &output)
        resume(isIntact: write(output))
    }

    /// Sets the request aside. Its input was read to the end, so that nothing of it is lost.
    func suspend() -> any SuspendedExchange {
        SuspendedConnection(self, requestID: requestID, watch: server.peerWatch)
    }

    /// Takes the connection back from a suspended request.
    func resume(isIntact: Bool) {
        if isIntact, isKept {
            server.rearm(self)
        } else {
            server.close(self)
        }
    }

    /// Wakes the worker that would otherwise never hear of this connection again. A request that has come already is
    /// still answered.
    func hangUpIfIdle() {
        guard phase.load(ordering: .sequentiallyConsistent) == Phase.idle.rawValue else { return }
        shutdown(descriptor, Int32(SHUT_RD))
    }

    /// Takes the connection out of service while nobody asks anything on it.
    ///
    /// - Returns: false when a request is under way.
    func retireIfIdle() -> Bool { leaveIdle(for: .gone) }

    private func leaveIdle(for next: Phase) -> Bool {
        phase.compareExchange(
            expected: Phase.idle.rawValue, desired: next.rawValue, ordering: .sequentiallyConsistent
        ).exchanged
    }

    /// Hands the connection to epoll; from then on it may belong to another thread.
    func becomeIdle() {
        phase.store(Phase.idle.rawValue, ordering: .sequentiallyConsistent)
    }

    /// Sends everything, waiting for the peer as long as a peer may stall; false when it is gone or takes no more.
    /// `send(2)`
    private func write(_ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
                let count = unsafe send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    private var hasBytes: Bool {
        var byte: UInt8 = 0
        return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Reads the body to the end of its stream, whatever becomes of it: what is left unread, even the empty record that
    /// ends the stream, would stand in the way of the next request on this connection.
    ///
    /// - Returns: nil when the peer is gone or has stalled; there is nobody to answer then.
    private func readBody(_ head: FastCGIRequestHead, _ scratch: inout BodyScratch) -> HTTPBody? {
        let limit = server.bodyBytesLimit
        let announced = head.contentLength
        if head.isContentLengthWrong || (announced ?? 0) > limit {
            guard drain() != nil else { return nil }
            return head.isContentLengthWrong ? .wrongLength(announced: -1, received: 0) : .tooLarge(limit: limit)
        }
        // One byte more than announced, so that the end of the stream is read and too long a body is seen.
        let capacity = (announced ?? limit) + 1
        let bytes = announced == nil ? readPieces(capacity, &scratch) : scratch.take(capacity) { fill(&$0) }
        guard unsafe FCGX_GetError(request.pointee.in) == 0 else { return nil }
        if bytes.count == capacity {
            guard let rest = drain() else { return nil }
            return announced.map { .wrongLength(announced: $0, received: bytes.count + rest) }
                ?? .tooLarge(limit: limit)
        }
        if let announced, bytes.count != announced {
            return .wrongLength(announced: announced, received: bytes.count)
        }
        return .complete(bytes)
    }

    /// Reads a body of a length that nobody told: mostly there is none.
    private func readPieces(_ limit: Int, _ scratch: inout BodyScratch) -> [UInt8] {
        let firstPieceBytes = 4 << 10
        var room = min(firstPieceBytes, limit)
        var bytes = scratch.take(room) { fill(&$0) }
        while bytes.count == room, room < limit {
            room = min(2 * room, limit)
            bytes.append(addingCapacity: room - bytes.count) { fill(&$0) }
        }
        return bytes
    }

    /// Reads until there is no room left, or no input.
    private func fill(_ free: inout OutputSpan<UInt8>) {
        unsafe free.withUnsafeMutableBufferPointer { buffer, filled in
            guard let base = buffer.baseAddress else { return }
            let room = buffer.count - filled
            let got = unsafe UnsafeMutableRawPointer(base + filled).withMemoryRebound(to: CChar.self, capacity: room) {
                unsafe FCGX_GetStr($0, Int32(room), request.pointee.in)
            }
            filled += max(0, Int(got))
        }
    }

    /// Reads and drops what is left; tells how much that was, or nil when the peer is gone or sends without end.
    private func drain() -> Int? {
        let chunkBytes = 64 << 10
        var chunk: [UInt8] = []
        var dropped = 0
        while true {
            chunk.removeAll(keepingCapacity: true)
            chunk.append(addingCapacity: chunkBytes) { fill(&$0) }
            dropped += chunk.count
            if chunk.count < chunkBytes { break }
            if dropped > server.drainedBytesLimit {
                isKept = false
                return dropped
            }
        }
        return unsafe FCGX_GetError(request.pointee.in) == 0 ? dropped : nil
    }
}
