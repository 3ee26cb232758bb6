import JSONText

/// What became of everything under one correlation id, as `GET /fx/cid/{cid}` answers.
package struct CIDResult: Sendable, Equatable {
    package var cid: CorrelationID
    /// Oldest first.
    package var executions: [ExecutionResult]

    package init(cid: CorrelationID, executions: [ExecutionResult]) {
        self.cid = cid
        self.executions = executions
    }

    /// Appends `{"cid":"…","executions":[…]}`.
    package func append(to output: inout [UInt8]) {
        JSONWriter.appendRaw("{\"cid\":\"", to: &output)
        JSONWriter.appendRaw(cid.text, to: &output)
        JSONWriter.appendRaw("\",\"executions\":[", to: &output)
        for (index, execution) in executions.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            execution.append(to: &output)
        }
        JSONWriter.appendRaw("]}", to: &output)
    }
}
