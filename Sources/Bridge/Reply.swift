import Authentication
import HTTPMessage
import Metrics

/// The way back to one sender, with what the operator's log needs to tell about it.
final class Reply: @unchecked Sendable {
    private let exchange: any HTTPExchange
    private let observer: RequestObserver
    // Written by the worker that serves the request, until it hands the reply to somebody else under a lock of theirs;
    // read by whoever answers.
    var facts: RequestFacts
    /// What stands for 503 in the answer. Written and read as `facts` is.
    var unavailableStatus = HTTPStatus.serviceUnavailable

    init(_ request: HTTPRequest, exchange: any HTTPExchange, observer: RequestObserver) {
        self.exchange = exchange
        self.observer = observer
        facts = RequestFacts(request, beginNanoseconds: Stopwatch.nanoseconds)
    }

    /// The same sender, reached through an exchange that took the place of the first one.
    init(_ reply: Reply, through exchange: any HTTPExchange) {
        self.exchange = exchange
        observer = reply.observer
        facts = reply.facts
    }

    /// Sets the request aside; from then on it is answered through what this gives.
    func suspendExchange() -> any SuspendedExchange { exchange.suspend() }

    /// Begins an answer that comes in pieces. What is logged and counted is its beginning.
    func begin(_ head: HTTPResponse, through exchange: any SuspendedExchange) -> HTTPPeerState {
        observer.noteAnswer(head, facts, refusal: nil)
        return exchange.begin(head)
    }

    func send(_ response: HTTPResponse) {
        respond(response, refusal: nil)
    }

    /// Answers with a problem and tells the operator what the answer does not say.
    func refuse(_ error: BridgeError) {
        if facts.credentialID == nil {
            switch error {
            case .authentication(let error), .keyUnfit(let error), .batchItem(_, let error):
                facts.credentialID = error.credentialID
            default: break
            }
        }
        var problem = error.problem
        if problem.status == .serviceUnavailable { problem.status = unavailableStatus }
        respond(problem.response(requestID: facts.requestID), refusal: error)
    }

    /// Answers 202 to an event that is not taken; the operator's log says what it was.
    func drop(_ error: BridgeError) {
        let reason = error.problem.type
        var response = HTTPResponse(.accepted)
        response.add("FX-Event-Dropped", reason)
        response.add("Cache-Control", "no-store")
        response.setBody(Array(#"{"dropped":"\#(reason)"}"#.utf8), type: "application/json")
        respond(response, refusal: error)
    }

    private func respond(_ response: HTTPResponse, refusal: BridgeError?) {
        var response = response
        response.isBodyOmitted = facts.method == .head
        // First: whoever has the answer finds it in the numbers.
        observer.noteAnswer(response, facts, refusal: refusal)
        exchange.respond(response)
    }
}
