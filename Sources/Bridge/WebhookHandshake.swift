import Authentication
import HTTPMessage

/// Answers OPTIONS, and with it the question of a sender whether it may deliver here (CloudEvents, HTTP 1.1 Web Hooks
/// 1.0.2 §4). It protects the sender from being set on strangers and is no authorization.
package struct WebhookHandshake: Sendable {
    /// Names of senders that may deliver; `*` in them stands for anything.
    private let origins: [Glob]
    /// Requests per minute; nil sets no limit.
    private let rateLimit: Int?

    static let originField = HTTPFieldName("WebHook-Request-Origin")
    static let rateField = HTTPFieldName("WebHook-Request-Rate")

    /// - Parameters:
    ///   - origins: separated by blanks or commas: `eventgrid.azure.net *.example.com`, or `*`.
    ///   - rateLimit: 0 for none.
    package init(origins: String = "*", rateLimit: Int = 0) {
        let names = origins.lowercased().split { $0 == " " || $0 == "," || $0 == "\t" }
        self.origins = names.compactMap { Glob(String($0)) }
        self.rateLimit = rateLimit > 0 ? rateLimit : nil
    }

    func response(to request: HTTPRequest, route: Route) -> HTTPResponse {
        var response = HTTPResponse(.noContent)
        response.add("Allow", route.allowedMethods)
        guard route.takesEvents, let origin = request.fields.text(Self.originField), allows(origin) else {
            return response
        }
        response.add("WebHook-Allowed-Origin", origin)
        response.add("WebHook-Allowed-Rate", rate(request.fields.text(Self.rateField)))
        return response
    }

    /// It is sent back, so it must be what it is said to be: a DNS expression.
    private func allows(_ origin: String) -> Bool {
        guard (1...253).contains(origin.utf8.count), origin.utf8.allSatisfy(Self.isOfDNS) else { return false }
        let name = origin.lowercased()
        return origins.contains { $0.matches(name) }
    }

    private func rate(_ requested: String?) -> String {
        guard let rateLimit else { return "*" }
        guard let requested = requested.flatMap({ Int($0) }), requested > 0 else { return String(rateLimit) }
        return String(min(requested, rateLimit))
    }

    private static func isOfDNS(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "*"):
            true
        default: false
        }
    }
}
