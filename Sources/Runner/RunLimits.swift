/// What the runner as a whole allows itself.
package struct RunLimits: Sendable {
    /// How many executions run at once.
    package var concurrency: Int
    /// How many executions of one service wait in memory; further ones wait on the runner's log.
    package var backlog: Int
    /// Bytes of events that are kept for executions that wait; the events of others are read again when it is their turn.
    package var eventBytes: Int
    /// Records handed to the runner's log that may be on their way to the disk.
    package var unwrittenRecords = 4096

    /// How often an execution is run again after the runner ended in the middle of it: what takes the runner with it,
    /// whatever it is, must not do so forever.
    package static let lostRuns = 3

    package init(concurrency: Int = 16, backlog: Int = 1000, eventBytes: Int = 32 << 20) {
        self.concurrency = concurrency
        self.backlog = backlog
        self.eventBytes = eventBytes
    }
}
