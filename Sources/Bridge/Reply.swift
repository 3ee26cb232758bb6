import Authentication
import HTTPMessage
import Logging

/// The way back to one sender, with what the operator's log needs to tell about it.
final class Reply: Sendable {
    private let exchange: any HTTPExchange
    private let method: HTTPMethod
    private let path: String
    private let requestID: String
    private let remoteAddress: String
    private let logger: Logger

    init(_ request: HTTPRequest, exchange: any HTTPExchange, logger: Logger) {
        self.exchange = exchange
        method = request.method
        path = request.path
        requestID = request.requestID
        remoteAddress = request.remoteAddress
        self.logger = logger
    }

    func send(_ response: HTTPResponse) {
        var response = response
        response.isBodyOmitted = method == .head
        exchange.respond(response)
    }

    /// Answers with a problem and tells the operator what the answer does not say.
    func refuse(_ error: BridgeError) {
        let problem = error.problem
        let isOurFault = problem.status.rawValue >= 500
        logger.log(level: isOurFault ? .error : .notice, "request refused", metadata: metadata(of: error, problem))
        send(problem.response(requestID: requestID))
    }

    private func metadata(of error: BridgeError, _ problem: Problem) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "status": "\(problem.status.rawValue)", "reason": "\(error.reason)", "method": "\(method.name.prefix(16))",
            // A path is the sender's text: escaped and cut, it cannot forge a line.
            "path": "\(path.prefix(256).debugDescription)",
        ]
        if !requestID.isEmpty { metadata["request"] = "\(requestID)" }
        if !remoteAddress.isEmpty { metadata["remote"] = "\(remoteAddress)" }
        if case .authentication(let error) = error, let id = error.credentialID { metadata["credential"] = "\(id)" }
        if let explanation = error.explanation { metadata["because"] = "\(explanation)" }
        return metadata
    }
}
