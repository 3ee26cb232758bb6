import Events

/// An execution that has been announced on the runner's log and has not ended.
package struct PendingExecution: Sendable, Equatable {
    package let id: ExecutionID
    package let service: String
    package let tenant: String
    package let cid: CorrelationID
    /// Where its event stands in the log of events.
    package let eventSequence: UInt64
    /// Where it was announced in the runner's own log; 0 until that is on disk.
    package var logSequence: UInt64 = 0
    /// How many of its runs have failed.
    package var failedRuns = 0
    /// How many of its runs ended with the runner.
    package var lostRuns = 0
    /// When it may run again, in milliseconds since 1970.
    package var dueMilliseconds: Int64 = 0
    /// The line of its event, while memory is kept for it.
    package var event: [UInt8]?

    package init(
        id: ExecutionID, service: String, tenant: String, cid: CorrelationID, eventSequence: UInt64,
        logSequence: UInt64 = 0, event: [UInt8]? = nil
    ) {
        self.id = id
        self.service = service
        self.tenant = tenant
        self.cid = cid
        self.eventSequence = eventSequence
        self.logSequence = logSequence
        self.event = event
    }
}
