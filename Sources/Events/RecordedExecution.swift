import JSONText

/// A report as it lies on the log of executions: what ``ExecutionReport`` wrote, the sequence number stamped.
package struct RecordedExecution: Sendable, Equatable {
    package let cid: CorrelationID
    package let executionID: String
    package let service: String
    package let status: ExecutionStatus
    package let datetime: Timestamp
    /// Seconds, as the number was written.
    package let executionTime: String?
    package let tenant: String
    package let authID: String
    package let recordedTime: Timestamp
    package let sequence: UInt64
    /// Any JSON value, as a slice of the bytes that were read.
    package let data: JSONValue

    /// Reads a complete line, with or without its newline. Members it does not know are for later versions.
    package init(line bytes: [UInt8], in range: Range<Int>? = nil) throws(EventsError) {
        // A line of n bytes is never deeper than n.
        let reader = try ObjectReader(bytes, in: range, depthLimit: bytes.count)
        cid = try CorrelationID(reader.string("cid"))
        executionID = try reader.identifier("execution_id")
        service = try reader.string("service")
        guard let status = ExecutionStatus(spelling: try reader.string("status")) else {
            throw .memberNotAStatus("status")
        }
        self.status = status
        datetime = try reader.timestamp("datetime")
        executionTime = try ExecutionReport.executionTime(of: reader)
        tenant = try reader.string("fxtenant")
        authID = try reader.string("authid")
        recordedTime = try reader.timestamp("recordedtime")
        sequence = try reader.sequence("sequence")
        data = try reader.requiredValue("data")
    }
}
