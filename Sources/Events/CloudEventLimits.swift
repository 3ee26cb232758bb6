/// How much of a CloudEvent from outside is taken.
package struct CloudEventLimits: Sendable {
    /// How many objects and arrays of a body may be open at once, the body's own included.
    package var depth: Int
    package var sourceBytes: Int
    package var typeBytes: Int
    /// Of every other attribute, in UTF-8 after decoding.
    package var attributeBytes: Int
    /// Extensions of one event.
    package var extensions: Int
    /// Events of one batch.
    package var batchEvents: Int

    package init(
        depth: Int, sourceBytes: Int = EventRequest.sourceBytesLimit, typeBytes: Int = EventRequest.typeBytesLimit,
        attributeBytes: Int = 1024, extensions: Int = 64, batchEvents: Int = 1000
    ) {
        self.depth = depth
        self.sourceBytes = sourceBytes
        self.typeBytes = typeBytes
        self.attributeBytes = attributeBytes
        self.extensions = extensions
        self.batchEvents = batchEvents
    }
}
