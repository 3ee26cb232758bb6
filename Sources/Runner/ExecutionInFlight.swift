import Events

/// An execution that has had its turn.
struct ExecutionInFlight {
    var execution: PendingExecution
    /// Nil where nothing runs: its service is gone, or its event.
    var job: ServiceJob?
    var startMicroseconds: Int64 = 0
}
