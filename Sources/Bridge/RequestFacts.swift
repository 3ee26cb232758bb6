import HTTPMessage

/// What becomes known of a request on its way, for the log and for metrics. No body, no credential, no signature.
struct RequestFacts: Sendable {
    let beginNanoseconds: UInt64
    let requestID: String
    let remoteAddress: String
    let method: HTTPMethod
    let path: String
    let bodyBytes: Int
    var route = RouteName.none
    var tenant: String?
    var credentialID: String?
    var cid: String?
    var eventType: String?
    /// When it was handed to the spool.
    var submittedNanoseconds: UInt64?

    init(_ request: HTTPRequest, beginNanoseconds: UInt64) {
        self.beginNanoseconds = beginNanoseconds
        requestID = request.requestID
        remoteAddress = request.remoteAddress
        method = request.method
        path = request.path
        if case .complete(let bytes) = request.body { bodyBytes = bytes.count } else { bodyBytes = 0 }
    }
}
