/// A request as the transport hands it over: values only, nothing in it dies with the connection.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// The path as the sender wrote it, percent-encoding untouched, without the query.
    package var path: String
    /// What stood behind `?`; empty if nothing did.
    package var query: String
    /// The `Content-Type` as sent, or empty.
    package var contentType: String
    package var fields: HTTPFields
    package var body: HTTPBody
    /// The front server's id of this request, or empty.
    package var requestID: String
    /// The sender's address as the front server saw it, or empty.
    package var remoteAddress: String
    package var listener: HTTPListener

    package init(
        method: HTTPMethod, path: String, query: String = "", contentType: String = "",
        fields: HTTPFields = HTTPFields(),
        body: HTTPBody = .complete([]), requestID: String = "", remoteAddress: String = "",
        listener: HTTPListener = .public
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.contentType = contentType
        self.fields = fields
        self.body = body
        self.requestID = requestID
        self.remoteAddress = remoteAddress
        self.listener = listener
    }
}

package enum HTTPMethod: Sendable, Equatable {
    case get, head, post, options
    case other(String)

    package var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .options: "OPTIONS"
        case .other(let name): name
        }
    }
}

/// What became of the body while it was read. Only a complete one may be used.
package enum HTTPBody: Sendable, Equatable {
    case complete([UInt8])
    /// Longer than the limit; the bytes were read and dropped.
    case tooLarge(limit: Int)
    /// The sender announced another length than came.
    case wrongLength(announced: Int, received: Int)
}

/// Which door of the front server the request came through.
package enum HTTPListener: Sendable, Equatable {
    case `public`
    /// The operator's own, never reachable from outside.
    case `operator`
}
