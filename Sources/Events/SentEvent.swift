import JSONText

/// A CloudEvent that its sender made: every attribute checked and kept as it was sent (CloudEvents 1.0.2 §3).
package struct SentEvent: Sendable, Equatable {
    package let id: String
    package let source: EventSource
    package let type: String
    /// RFC 3339, as sent.
    package let time: String?
    /// As sent; `application/json` where JSON came without it (JSON format §3.1.2).
    package let dataContentType: String?
    /// The extension `correlationid`: the event wants to be found under it.
    package let cid: CorrelationID?
    /// `subject`, `dataschema` and the extensions, in the order they were sent.
    package let attributes: EventAttributes
    /// Whether `traceparent` or `tracestate` is among the attributes.
    package let hasTrace: Bool
    package let data: EventData

    init(_ collector: AttributeCollector, dataContentType: String?, data: EventData) throws(EventsError) {
        guard collector.hasVersion else { throw .memberMissing("specversion") }
        guard let id = collector.id else { throw .memberMissing("id") }
        guard let source = collector.source else { throw .memberMissing("source") }
        guard let type = collector.type else { throw .memberMissing("type") }
        self.id = id
        self.source = source
        self.type = type
        time = collector.time
        cid = collector.cid
        attributes = collector.attributes
        hasTrace = collector.hasTrace
        self.dataContentType = dataContentType
        self.data = data
    }
}
