import Glibc
import HTTPMessage
import Synchronization
import Threading

/// A connection whose request waits for its answer outside libfcgi, which knows no write that does not block.
///
/// What the socket does not take at once is kept and sent on by ``PeerWatch`` as the peer makes room. Whoever ends the
/// request or finds the peer gone first, under the lock, gives the connection back; everybody else comes too late.
@safe
final class SuspendedConnection: SuspendedExchange {
    private struct State {
        /// All of the answer is here; the request is over when it is sent.
        var isEnding = false
        /// The connection was given back.
        var isOver = false
        var isPeerGone = false
        /// Records the socket has not taken yet, from `sentBytes` on.
        var unsent: [UInt8] = []
        var sentBytes = 0
        /// When the peer fell behind or last took something, in ``PeerWatch/nowSeconds``.
        var movedSeconds: Int64 = 0
        var observer: (any HTTPPeerObserver)?

        var unsentBytes: Int { unsent.count - sentBytes }
    }

    /// What a step under the lock leaves to be done outside it.
    private enum Outcome {
        case nothing
        case isReady((any HTTPPeerObserver)?)
        case isFinished
        case isBroken((any HTTPPeerObserver)?)
    }

    private let connection: FastCGIConnection
    private let requestID: UInt16
    private let watch: PeerWatch
    private let state = Guarded(State())

    init(_ connection: FastCGIConnection, requestID: UInt16, watch: PeerWatch) {
        self.connection = connection
        self.requestID = requestID
        self.watch = watch
        watch.add(self)
    }

    var descriptor: Int32 { connection.descriptor }

    func suspend() -> any SuspendedExchange { self }

    func observe(_ observer: any HTTPPeerObserver) {
        let isGone = state.withLock { state -> Bool in
            if !state.isOver, !state.isEnding { state.observer = observer }
            return state.isPeerGone
        }
        // Between the suspension and now.
        if isGone { observer.peerIsGone() }
    }

    // MARK: - Answering

    func respond(_ response: HTTPResponse) {
        _ = send(isLast: true) { requestID, output in
            FastCGIRecord.append(response, requestID: requestID, to: &output)
        }
    }

    func begin(_ response: HTTPResponse) -> HTTPPeerState {
        send(isLast: false) { requestID, output in
            FastCGIRecord.appendBeginning(of: response, requestID: requestID, to: &output)
        }
    }

    func write(_ bytes: [UInt8]) -> HTTPPeerState {
        send(isLast: false) { requestID, output in
            FastCGIRecord.appendOutput(bytes, requestID: requestID, to: &output)
        }
    }

    func end() {
        _ = send(isLast: true) { requestID, output in FastCGIRecord.appendEnd(requestID: requestID, to: &output) }
    }

    private func send(isLast: Bool, _ append: (UInt16, inout [UInt8]) -> Void) -> HTTPPeerState {
        let (outcome, peer) = state.withLock { state -> (Outcome, HTTPPeerState) in
            guard !state.isOver, !state.isEnding else { return (.nothing, .gone) }
            let wasBehind = state.unsentBytes > 0
            let before = state.unsent.count
            append(requestID, &state.unsent)
            state.isEnding = isLast
            guard watch.reserve(state.unsent.count - before) else { return (breakOff(&state), .gone) }
            // What comes behind something unsent waits for its turn.
            guard !wasBehind else { return (.nothing, .behind) }
            state.movedSeconds = PeerWatch.nowSeconds
            let outcome = flush(&state)
            return (outcome, state.isPeerGone ? .gone : state.unsentBytes > 0 ? .behind : .ready)
        }
        switch outcome {
        // Whoever writes sees how the peer is doing by what is returned.
        case .nothing, .isReady: break
        case .isFinished: connection.resume(isIntact: true)
        case .isBroken: connection.resume(isIntact: false)
        }
        return peer
    }

    // MARK: - What the watch has seen

    /// The peer has hung up.
    func peerHungUp() { step { breakOff(&$0) } }

    /// The socket takes bytes again.
    func peerMadeRoom() {
        step { state in
            let outcome = flush(&state)
            if case .isReady = outcome { watch.expectHangUp(of: self) }
            return outcome
        }
    }

    /// Drops a peer that has taken nothing since `seconds`.
    func dropIfStalled(since seconds: Int64) {
        step { state in state.unsentBytes > 0 && state.movedSeconds < seconds ? breakOff(&state) : .nothing }
    }

    private func step(_ body: (inout State) -> Outcome) {
        let outcome = state.withLock { $0.isOver ? .nothing : body(&$0) }
        switch outcome {
        case .nothing: break
        case .isReady(let observer): observer?.peerIsReady()
        case .isFinished: connection.resume(isIntact: true)
        case .isBroken(let observer):
            connection.resume(isIntact: false)
            observer?.peerIsGone()
        }
    }

    // MARK: - Under the lock

    /// Sends as much as the socket takes. `send(2)`
    private func flush(_ state: inout State) -> Outcome {
        while state.unsentBytes > 0 {
            let count = unsafe state.unsent.withUnsafeBytes { buffer -> Int in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[state.sentBytes...])
                return unsafe Glibc.send(
                    connection.descriptor, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                watch.expectRoom(for: self)
                return .nothing
            }
            guard count > 0 else { return breakOff(&state) }
            state.sentBytes += count
            state.movedSeconds = PeerWatch.nowSeconds
            watch.release(count)
        }
        state.unsent = []
        state.sentBytes = 0
        guard state.isEnding else { return .isReady(state.observer) }
        end(&state)
        return .isFinished
    }

    private func breakOff(_ state: inout State) -> Outcome {
        watch.release(state.unsentBytes)
        // Who has given the whole answer is not interested any more.
        let observer = state.isEnding ? nil : state.observer
        state.isPeerGone = true
        state.unsent = []
        state.sentBytes = 0
        end(&state)
        return .isBroken(observer)
    }

    private func end(_ state: inout State) {
        state.isOver = true
        state.observer = nil
        watch.remove(self)
    }
}
