import JSONText

extension SentEvent {
    /// Reads `application/cloudevents+json` (JSON format 1.0.2 §3), or one element of a batch.
    ///
    /// - Parameter range: where in `body` the event lies; all of it if nil. Offsets of errors count from the body's start.
    /// - Parameter enclosing: how many objects and arrays are open around it.
    package init(
        structured body: [UInt8], in range: Range<Int>? = nil, enclosing: Int = 0, limits: CloudEventLimits
    ) throws(EventsError) {
        let reader = try ObjectReader(body, in: range, depthLimit: limits.depth - enclosing)
        try reader.refuseDuplicates()
        var collector = AttributeCollector(limits: limits)
        var json: JSONValue?
        var base64: JSONValue?
        for member in reader.document.members {
            let name = member.decodedName(in: body)
            switch name {
            case "data": json = member.value
            case "data_base64" where member.value.kind != .null: base64 = try Self.checkedBase64(member.value, of: body)
            case "data_base64": break
            default: try collector.take(name, member.value, of: body)
            }
        }
        let data: EventData
        switch (json, base64) {
        case (.some, .some): throw .dataTwice
        case (let value?, nil): data = .json(value)
        case (nil, let value?): data = .base64(value)
        case (nil, nil): data = .absent
        }
        let implied = json == nil ? nil : "application/json"
        try self.init(collector, dataContentType: collector.dataContentType ?? implied, data: data)
    }

    private static func checkedBase64(_ value: JSONValue, of body: [UInt8]) throws(EventsError) -> JSONValue {
        guard value.kind == .string else {
            throw .memberOfWrongKind("data_base64", expected: .string, found: value.kind)
        }
        let inside = body[(value.range.lowerBound + 1)..<(value.range.upperBound - 1)]
        // `/` is written as `\/` by some.
        let isValid =
            inside.contains(UInt8(ascii: "\\"))
            ? Base64Text.isValid((value.string(in: body) ?? "").utf8) : Base64Text.isValid(inside)
        guard isValid else { throw .memberNotBase64("data_base64") }
        return value
    }

    /// Reads `application/cloudevents-batch+json` (JSON format 1.0.2 §4): an array of events, none of them too.
    ///
    /// - Returns: an event for each element, or what is wrong with it.
    /// - Throws: what is wrong with the batch as a whole.
    package static func batch(
        _ body: [UInt8], limits: CloudEventLimits
    ) throws(EventsError) -> [Result<SentEvent, EventsError>] {
        let array: JSONList
        do {
            array = try JSONScanner.elements(
                of: body, depthLimit: limits.depth, elementsLimit: limits.batchEvents)
        } catch .tooManyElements {
            throw .tooManyEvents(limit: limits.batchEvents)
        } catch {
            throw .json(error)
        }
        guard array.root.kind == .array else { throw .notAnArray(found: array.root.kind) }
        return array.elements.map { element in
            do throws(EventsError) {
                return .success(
                    try SentEvent(structured: body, in: element.range, enclosing: 1, limits: limits))
            } catch {
                return .failure(error)
            }
        }
    }
}
