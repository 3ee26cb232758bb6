/// What the index knows of an execution: the report that stands, whichever others came before or after it.
package struct IndexedExecution: Sendable, Equatable {
    package var executionID: [UInt8]
    package var cid: [UInt8]
    package var service: [UInt8]
    /// 0 pending, 1 in progress, 2 completed, 3 failed, 4 skipped.
    package var status: Int
    /// Since 1970.
    package var datetimeMicroseconds: Int64
    /// Seconds, the number as the reporter wrote it.
    package var executionTime: [UInt8]?
    /// JSON, byte for byte.
    package var data: [UInt8]?
    /// When the earliest report of this execution was accepted, since 1970; executions are listed by it.
    package var firstRecordedMicroseconds: Int64
    /// When the report that stands was accepted, since 1970.
    package var recordedMicroseconds: Int64
}

extension IndexedExecution {
    /// The columns ``init(row:)`` reads, in its order.
    static let columns = """
        execution.id, cid, service, status, datetime, execution_time, data, first_recorded, recorded
        """

    init(row: borrowing Statement) {
        executionID = row.name(0)
        cid = row.name(1)
        service = row.bytes(2)
        status = Int(row.integer(3))
        datetimeMicroseconds = row.integer(4)
        executionTime = row.isNull(5) ? nil : row.bytes(5)
        data = row.isNull(6) ? nil : row.bytes(6)
        firstRecordedMicroseconds = row.integer(7)
        recordedMicroseconds = row.integer(8)
    }
}

/// Where a page of executions ended; the next one starts behind it.
package struct ExecutionCursor: Sendable, Equatable {
    package var firstRecordedMicroseconds: Int64
    package var executionID: [UInt8]

    package init(firstRecordedMicroseconds: Int64, executionID: [UInt8]) {
        self.firstRecordedMicroseconds = firstRecordedMicroseconds
        self.executionID = executionID
    }

    package init(after execution: IndexedExecution) {
        self.init(
            firstRecordedMicroseconds: execution.firstRecordedMicroseconds, executionID: execution.executionID)
    }
}
