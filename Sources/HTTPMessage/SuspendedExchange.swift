/// A request that was set aside until something happens: it holds no thread and next to no memory, and nothing that is
/// done with it waits, however slowly the peer takes the answer.
///
/// It is answered once: by `respond`, or by `begin`, any number of `write` and `end`. Calls come one at a time; what
/// comes after the end, or after the peer has gone, does nothing.
package protocol SuspendedExchange: HTTPExchange {
    /// Names who is told about the peer from now on; it is kept until the request is over.
    func observe(_ observer: any HTTPPeerObserver)
    /// Sends status and fields of an answer whose body comes in pieces, of a length that nobody knows yet.
    func begin(_ response: HTTPResponse) -> HTTPPeerState
    func write(_ bytes: [UInt8]) -> HTTPPeerState
    func end()
}

/// How the other side of a piecewise answer is doing.
package enum HTTPPeerState: Sendable, Equatable {
    /// It has taken everything.
    case ready
    /// Some is still on its way. Writing more is allowed, up to a limit at which the peer is dropped; better wait for
    /// ``HTTPPeerObserver/peerIsReady()``.
    case behind
    /// There is nobody to write to any more.
    case gone
}

/// Whoever wants to know about the peer of a suspended request. Called on a thread of the transport, which must not be kept.
package protocol HTTPPeerObserver: AnyObject, Sendable {
    /// The peer hung up, or did not take what was sent in time. At most once, and not after the end.
    func peerIsGone()
    /// The peer was behind and has taken everything now.
    func peerIsReady()
}
