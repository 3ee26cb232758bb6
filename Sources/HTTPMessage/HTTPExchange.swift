/// One request's way back: answered exactly once, now or later, from any thread.
///
/// Answering must not wait for anything but the socket: the thread that made an event durable answers it.
package protocol HTTPExchange: AnyObject, Sendable {
    func respond(_ response: HTTPResponse)
    /// Sets the request aside for an answer that may come in a minute, or piece by piece. From then on only what this
    /// returns may answer it.
    func suspend() -> any SuspendedExchange
}

/// What the transport calls for each request, on one of its worker threads.
package protocol HTTPHandler: Sendable {
    /// - Parameter worker: number of the calling thread, from 0; what belongs to a thread may be kept under it.
    func handle(_ request: HTTPRequest, exchange: any HTTPExchange, worker: Int)
}
