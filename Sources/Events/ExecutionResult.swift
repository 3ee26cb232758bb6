import JSONText

/// What became of one execution, as `GET /fx/executions/{execution_id}` answers.
package struct ExecutionResult: Sendable, Equatable {
    /// One JSON value.
    package var data: [UInt8]
    package var datetime: Timestamp
    package var executionID: String
    /// Seconds, as the reporter wrote the number.
    package var executionTime: String?
    package var service: String
    package var status: ExecutionStatus

    package init(
        data: [UInt8], datetime: Timestamp, executionID: String, executionTime: String?, service: String,
        status: ExecutionStatus
    ) {
        self.data = data
        self.datetime = datetime
        self.executionID = executionID
        self.executionTime = executionTime
        self.service = service
        self.status = status
    }

    /// - Parameter bytes: what `recorded` was read from.
    package init(_ recorded: RecordedExecution, in bytes: [UInt8]) {
        self.init(
            data: Array(bytes[recorded.data.range]), datetime: recorded.datetime, executionID: recorded.executionID,
            executionTime: recorded.executionTime, service: recorded.service, status: recorded.status)
    }

    /// Appends `{"data":…,"datetime":"…","execution_id":"…","execution_time":1.5,"service":"…","status":"…"}`.
    package func append(to output: inout [UInt8]) {
        JSONWriter.appendRaw("{\"data\":", to: &output)
        output.append(contentsOf: data)
        JSONWriter.appendRaw(",\"datetime\":\"", to: &output)
        datetime.append(to: &output)
        JSONWriter.appendRaw("\",\"execution_id\":", to: &output)
        JSONWriter.appendString(executionID, to: &output)
        JSONWriter.appendRaw(",\"execution_time\":", to: &output)
        JSONWriter.appendRaw(executionTime ?? "null", to: &output)
        JSONWriter.appendRaw(",\"service\":", to: &output)
        JSONWriter.appendString(service, to: &output)
        JSONWriter.appendRaw(",\"status\":\"", to: &output)
        JSONWriter.appendRaw(status.rawValue, to: &output)
        JSONWriter.appendRaw("\"}", to: &output)
    }
}
