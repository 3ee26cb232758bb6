import Synchronization

/// How much a sender may ask for. The operator may change it while requests are served; each is judged by what it finds.
package final class RequestLimits: Sendable {
    private let jsonDepthValue: Atomic<Int>
    private let eventSourceBytesValue: Atomic<Int>
    private let eventTypeBytesValue: Atomic<Int>
    private let batchEventsValue: Atomic<Int>

    package init(jsonDepth: Int, eventSourceBytes: Int, eventTypeBytes: Int, batchEvents: Int) {
        jsonDepthValue = Atomic(jsonDepth)
        eventSourceBytesValue = Atomic(eventSourceBytes)
        eventTypeBytesValue = Atomic(eventTypeBytes)
        batchEventsValue = Atomic(batchEvents)
    }

    /// How many objects and arrays of a body may be open at once.
    package var jsonDepth: Int { jsonDepthValue.load(ordering: .relaxed) }
    package var eventSourceBytes: Int { eventSourceBytesValue.load(ordering: .relaxed) }
    package var eventTypeBytes: Int { eventTypeBytesValue.load(ordering: .relaxed) }

    /// How many events a batch may have.
    package var batchEvents: Int { batchEventsValue.load(ordering: .relaxed) }

    package func set(jsonDepth: Int, eventSourceBytes: Int, eventTypeBytes: Int, batchEvents: Int) {
        jsonDepthValue.store(jsonDepth, ordering: .relaxed)
        eventSourceBytesValue.store(eventSourceBytes, ordering: .relaxed)
        eventTypeBytesValue.store(eventTypeBytes, ordering: .relaxed)
        batchEventsValue.store(batchEvents, ordering: .relaxed)
    }
}
