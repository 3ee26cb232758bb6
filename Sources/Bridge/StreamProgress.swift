import Events
import JSONText
import StatusIndex

/// How far a stream of Server-Sent Events has told what became of a cid.
///
/// Each execution is one event, told again whenever it has changed; behind a run of them stands an id that names all that
/// was told until then:
/// ```
/// event: execution
/// data: {"data":null,"datetime":"…","execution_id":"run-7","execution_time":null,"service":"nightly","status":"pending"}
///
/// id: 9f86d081884c7d65
///
/// ```
/// An id is a digest of the executions in their order, so that it means the same to every machine and after a restart:
/// a stream that resumes with the present one has missed nothing, and any other one is told everything again.
struct StreamProgress: Sendable {
    /// The oldest; a stream tells of no more.
    static let executionsLimit = 1000
    /// When a step has so much to tell, the rest is another step.
    private static let stepBytesLimit = 1 << 20

    let cid: CorrelationID
    /// What was told last of each execution, by its id.
    private var told: [ContentTag: ContentTag] = [:]
    /// Names what has been told.
    private(set) var eventID = ContentTag().text

    init(cid: CorrelationID) {
        self.cid = cid
    }

    struct Step {
        /// Events, or nothing.
        var text: [UInt8] = []
        /// Whether all that is known now was told.
        var isComplete = true
    }

    /// What is to be told next.
    mutating func step(
        tenant: String, index: StatusIndexReader, readStatus: ReadStatus
    ) throws(BridgeError) -> Step {
        var step = Step()
        var whole = ContentTag()
        var cursor: ExecutionCursor?
        var count = 0
        repeat {
            let status = try readStatus.executions(of: cid, tenant: tenant, after: cursor, index: index)
            for row in status.executions.prefix(Self.executionsLimit - count) {
                guard step.text.count < Self.stepBytesLimit else {
                    step.isComplete = false
                    return step
                }
                var data: [UInt8] = []
                try ExecutionResult(row).append(to: &data)
                let content = ContentTag(data)
                whole.combine(content)
                if told.updateValue(content, forKey: ContentTag(row.executionID)) != content {
                    Self.append("execution", data, to: &step.text)
                }
            }
            count += status.executions.count
            cursor = status.next
        } while cursor != nil && count < Self.executionsLimit
        if whole.text != eventID {
            eventID = whole.text
            JSONWriter.appendRaw("id: \(eventID)\n\n", to: &step.text)
        }
        return step
    }

    /// Counts all that is known now as told.
    mutating func skip(tenant: String, index: StatusIndexReader, readStatus: ReadStatus) throws(BridgeError) {
        while try !step(tenant: tenant, index: index, readStatus: readStatus).isComplete {}
    }

    /// What a stream begins with: how long to wait before coming back, in milliseconds.
    static let beginning = Array("retry: 2000\n\n".utf8)
    /// What is sent when there is nothing to tell, so that everybody on the way sees that the stream lives.
    static let heartbeat = Array(": \n\n".utf8)

    /// The last event: every execution has ended.
    var ending: [UInt8] {
        var text: [UInt8] = []
        Self.append("end", Array("{\"cid\":\"\(cid.text)\"}".utf8), to: &text)
        return text
    }

    /// - Parameter data: one line.
    private static func append(_ event: String, _ data: [UInt8], to text: inout [UInt8]) {
        JSONWriter.appendRaw("event: \(event)\ndata: ", to: &text)
        text.append(contentsOf: data)
        JSONWriter.appendRaw("\n\n", to: &text)
    }
}
