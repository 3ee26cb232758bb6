import JSONText

extension SentEvent {
    /// Reads an event in the binary mode of the HTTP binding (1.0.2 §3.1): attributes in `ce-` headers, the body is data.
    ///
    /// JSON becomes `data` as it is; text in UTF-8 becomes a string, all else `data_base64`. An empty body is no data.
    ///
    /// - Parameters:
    ///   - headers: name without `ce-` and in lower case, value as it came.
    ///   - contentType: the `Content-Type`, which is the attribute `datacontenttype`; empty if there was none.
    package init(
        headers: [(name: String, value: ArraySlice<UInt8>)], contentType: String, body: [UInt8],
        limits: CloudEventLimits
    ) throws(EventsError) {
        var collector = AttributeCollector(limits: limits)
        // Three headers are compared with each other; the number of those that are taken has a limit.
        var names = Set<String>(minimumCapacity: headers.count)
        for header in headers {
            guard names.insert(header.name).inserted else { throw .memberDuplicated("ce-" + header.name) }
            // §3.1.1: Content-Type says it, and nothing else may.
            guard header.name != "datacontenttype" else { throw .headerReplacesContentType }
            guard let text = HeaderText.decoded(header.value) else { throw .headerNotDecodable("ce-" + header.name) }
            try collector.take(header.name, text)
        }
        if !contentType.isEmpty { try collector.take("datacontenttype", contentType) }
        let data = try Self.data(body, contentType: ContentType(contentType), limits: limits)
        // JSON without a Content-Type is what curl's users send; the event says what it is.
        let implied = contentType.isEmpty && data != .absent ? "application/json" : nil
        try self.init(collector, dataContentType: collector.dataContentType ?? implied, data: data)
    }

    private static func data(
        _ body: [UInt8], contentType: ContentType?, limits: CloudEventLimits
    ) throws(EventsError) -> EventData {
        guard !body.isEmpty else { return .absent }
        guard contentType?.isJSON ?? true else {
            guard let contentType, contentType.isText, contentType.isUTF8, body.isValidUTF8 else { return .binary }
            return .text
        }
        do {
            return .json(try JSONScanner.validate(body, depthLimit: limits.depth))
        } catch {
            throw .json(error)
        }
    }
}

extension [UInt8] {
    fileprivate var isValidUTF8: Bool {
        do {
            _ = try UTF8Span(validating: span)
            return true
        } catch {
            return false
        }
    }
}
