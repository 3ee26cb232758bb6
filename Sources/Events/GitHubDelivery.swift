import JSONText

/// A GitHub webhook as a CloudEvent, by the CloudEvents adapter for GitHub: type `com.github.<event>.<action>`, source
/// the repository's URL, id the delivery's.
///
/// GitHub signs the body only, so what its headers say is taken for names and nothing else.
package struct GitHubDelivery: Sendable, Equatable {
    /// `com.github.push`, `com.github.issues.opened`
    package let type: String
    /// The URL of the repository, else of the organization; nil where the body names neither.
    package let source: EventSource?
    /// nil where the header is no identifier.
    package let id: String?

    /// Names of events and actions have at most some thirty characters.
    private static let nameBytesLimit = 64

    /// - Parameters:
    ///   - event: `X-GitHub-Event`.
    ///   - delivery: `X-GitHub-Delivery`.
    ///   - document: the members of `body`.
    /// - Returns: nil if `event` is no event's name: then it is no delivery of GitHub's.
    package init?(event: String, delivery: String?, document: JSONDocument, body: [UInt8]) {
        guard Self.isName(event) else { return nil }
        let action = document.member("action", in: body)?.value.string(in: body)
        type = "com.github." + event + (action.map { Self.isName($0) ? "." + $0 : "" } ?? "")
        id = delivery.flatMap { IdentifierAlphabet.contains($0) ? $0 : nil }
        source = Self.url(of: "repository", document, body) ?? Self.url(of: "organization", document, body)
    }

    private static func url(of name: String, _ document: JSONDocument, _ body: [UInt8]) -> EventSource? {
        guard let owner = document.member(name, in: body)?.value, owner.kind == .object,
            // Validated before, and within the depth limit then.
            let value = try? JSONScanner.member("url", of: body, in: owner.range, depthLimit: owner.range.count),
            let url = value.string(in: body), !url.isEmpty, url.utf8.count <= EventRequest.sourceBytesLimit
        else { return nil }
        return EventSource(url)
    }

    private static func isName(_ text: String) -> Bool {
        (1...nameBytesLimit).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }
}
