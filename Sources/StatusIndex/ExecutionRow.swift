/// One report about an execution, as it stands in one of the logs `executions/<writer>`.
///
/// A record of a log holds at most one report of the same execution.
package struct ExecutionRow: Sendable, Equatable {
    /// The record's place in its log; at least 1.
    package var sequence: UInt64
    package var tenant: ArraySlice<UInt8>
    /// Unique within the tenant.
    package var executionID: ArraySlice<UInt8>
    package var cid: ArraySlice<UInt8>
    package var service: ArraySlice<UInt8>
    /// 0 pending, 1 in progress, 2 completed, 3 failed, 4 skipped.
    package var status: Int
    /// When this status began by the reporter's clock, since 1970.
    package var datetimeMicroseconds: Int64
    /// Seconds, the number as the reporter wrote it.
    package var executionTime: ArraySlice<UInt8>?
    /// JSON, byte for byte.
    package var data: ArraySlice<UInt8>?
    /// When the report was accepted here, since 1970.
    package var recordedMicroseconds: Int64

    package init(
        sequence: UInt64, tenant: ArraySlice<UInt8>, executionID: ArraySlice<UInt8>, cid: ArraySlice<UInt8>,
        service: ArraySlice<UInt8>, status: Int, datetimeMicroseconds: Int64,
        executionTime: ArraySlice<UInt8>? = nil, data: ArraySlice<UInt8>? = nil, recordedMicroseconds: Int64
    ) {
        precondition((0...4).contains(status))
        self.sequence = sequence
        self.tenant = tenant
        self.executionID = executionID
        self.cid = cid
        self.service = service
        self.status = status
        self.datetimeMicroseconds = datetimeMicroseconds
        self.executionTime = executionTime
        self.data = data
        self.recordedMicroseconds = recordedMicroseconds
    }
}
