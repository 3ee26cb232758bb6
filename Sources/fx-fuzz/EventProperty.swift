import Events
import JSONText

/// Whatever a sender calls an event is one within its limits, or refused.
enum EventProperty {
    private static let depthLimit = 64

    static func check(_ input: [UInt8]) {
        if let request = try? EventRequest(body: input, depthLimit: depthLimit) {
            precondition(!request.source.isEmpty && request.source.utf8.count <= EventRequest.sourceBytesLimit)
            precondition(!request.type.isEmpty && request.type.utf8.count <= EventRequest.typeBytesLimit)
            precondition(request.payload.range.upperBound <= input.count)
        }
        if let report = try? ExecutionReport(body: input, depthLimit: depthLimit) {
            let again = try? JSONScanner.validate(report.data, depthLimit: depthLimit)
            precondition(again != nil, "the data of a report is no JSON")
        }
        let limits = CloudEventLimits(depth: depthLimit)
        _ = try? SentEvent(structured: input, limits: limits)
        checkBinary(input, limits)
        checkProviders(input)
    }

    /// Lines `name: value`, an empty one, the body.
    private static func checkBinary(_ input: [UInt8], _ limits: CloudEventLimits) {
        var headers: [(name: String, value: ArraySlice<UInt8>)] = []
        var rest = input[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")), end > rest.startIndex {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            headers.append((String(decoding: line[..<colon], as: UTF8.self), line[(colon + 1)...]))
        }
        for type in ["application/json", "text/plain", ""] {
            _ = try? SentEvent(headers: headers, contentType: type, body: Array(rest), limits: limits)
        }
    }

    private static func checkProviders(_ input: [UInt8]) {
        _ = try? FormBody(input)
        guard let document = try? JSONScanner.members(of: input, depthLimit: depthLimit) else { return }
        let request = DeliveryRequest(body: input, document: document) { _ in "issues" }
        for mapped in [
            GitHubDelivery.map(request), GitLabDelivery.map(request), SlackDelivery.map(request),
            ShopifyDelivery.map(request),
        ] {
            _ = mapped
        }
    }
}
