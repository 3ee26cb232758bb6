import Authentication
import Events
import HTTPMessage
import JSONText
import Metrics
import Spool
import StatusIndex

/// Takes reports of executions, one or an array of them: from an authenticated request to records that wait for the disk.
struct AcceptReports: Sendable {
    let options: BridgeOptions
    /// Of the bridge's own log of executions.
    let writer: LogWriter
    let recent: RecentEvents

    /// Of one array; a reporter with more sends another request.
    static let reportsLimit = 1000

    /// Hands the reports to the log, all or none; `reply` is answered when they are on disk, or when they will never be.
    ///
    /// - Throws: what the sender or the disk has to change; then `reply` was not answered.
    func run(
        _ request: HTTPRequest, body: [UInt8], principal: Principal, now: Timestamp, context: WorkerContext,
        reply: Reply
    ) throws(BridgeError) {
        do {
            try principal.allows(.executionsWrite)
        } catch {
            throw .authentication(error)
        }
        guard MediaType.isJSON(request.contentType) else { throw .mediaType(request.contentType) }
        let (reports, isArray) = try reports(in: body)
        let known = try knowledge(of: reports, isArray: isArray, tenant: principal.tenant.name, context: context)
        let records = zip(reports, known).map { report, isCIDKnown in
            let line = report.spoolLine(
                tenant: principal.tenant.name, authID: principal.credentialID, recordedTime: now, isCIDKnown: isCIDKnown
            )
            return LogRecord(line: line.bytes, sequenceOffset: line.sequenceOffset)
        }
        if !isArray { reply.facts.cid = reports[0].cid.text }
        reply.facts.submittedNanoseconds = Stopwatch.nanoseconds
        let waiter = AcceptedReports(Self.answer(reports, known, isArray: isArray), reply: reply)
        do {
            try writer.submit(records, waiter: waiter)
        } catch {
            throw .spool(error)
        }
    }

    private func reports(in body: [UInt8]) throws(BridgeError) -> (reports: [ExecutionReport], isArray: Bool) {
        let list: JSONList
        do {
            list = try JSONScanner.elements(
                of: body, depthLimit: options.jsonDepthLimit, elementsLimit: Self.reportsLimit)
        } catch .tooManyElements(_, let limit) {
            throw .tooManyReports(limit: limit)
        } catch {
            throw .report(.json(error), index: nil)
        }
        guard list.root.kind == .array else {
            return ([try report(in: body, list.root, index: nil)], false)
        }
        guard !list.elements.isEmpty else { throw .noReports }
        var reports: [ExecutionReport] = []
        reports.reserveCapacity(list.elements.count)
        for (index, element) in list.elements.enumerated() {
            reports.append(try report(in: body, element, index: index))
        }
        return (reports, true)
    }

    private func report(in body: [UInt8], _ value: JSONValue, index: Int?) throws(BridgeError) -> ExecutionReport {
        do {
            return try ExecutionReport(body: body, in: value.range, depthLimit: options.jsonDepthLimit)
        } catch {
            throw .report(error, index: index)
        }
    }

    /// Whether each report's cid is one of the tenant's. A cid that nobody here knows is taken too: the platform may know
    /// events that this machine does not.
    private func knowledge(
        of reports: [ExecutionReport], isArray: Bool, tenant: String, context: WorkerContext
    ) throws(BridgeError) -> [Bool] {
        var judged: [CorrelationID: Bool] = [:]
        var known: [Bool] = []
        for (index, report) in reports.enumerated() {
            let isKnown: Bool
            if let earlier = judged[report.cid] {
                isKnown = earlier
            } else {
                switch try ownership(of: report.cid, tenant: tenant, context: context) {
                case .own: isKnown = true
                case .unknown: isKnown = false
                case .foreign: throw .reportOfForeignCID(index: isArray ? index : nil)
                }
            }
            judged[report.cid] = isKnown
            known.append(isKnown)
        }
        return known
    }

    private func ownership(
        of cid: CorrelationID, tenant: String, context: WorkerContext
    ) throws(BridgeError) -> CIDOwnership {
        if recent.answer(tenant: tenant, cid: cid.text) == .known { return .own }
        do {
            return try context.index.ownership(ofCID: cid.text, tenant: tenant)
        } catch .missing {
            // The indexer has only begun: what it will find is not held against a report that may not come again.
            return .unknown
        } catch {
            throw .index(error)
        }
    }

    /// `{"cid":"…","execution_id":"…","status":"completed","cid_known":true}`, or an array of these where an array came.
    private static func answer(_ reports: [ExecutionReport], _ known: [Bool], isArray: Bool) -> HTTPResponse {
        var body: [UInt8] = []
        for (index, report) in reports.enumerated() {
            body.append(UInt8(ascii: index == 0 ? "[" : ","))
            JSONWriter.appendRaw(#"{"cid":""#, to: &body)
            JSONWriter.appendRaw(report.cid.text, to: &body)
            JSONWriter.appendRaw(#"","execution_id":""#, to: &body)
            JSONWriter.appendRaw(report.executionID, to: &body)
            JSONWriter.appendRaw(#"","status":""#, to: &body)
            JSONWriter.appendRaw(report.status.rawValue, to: &body)
            JSONWriter.appendRaw(known[index] ? #"","cid_known":true}"# : #"","cid_known":false}"#, to: &body)
        }
        body.append(UInt8(ascii: "]"))
        var response = HTTPResponse(.accepted)
        response.add("Cache-Control", "no-store")
        if isArray {
            response.setBody(body, type: "application/json")
        } else {
            response.add("Location", "/fx/executions/" + reports[0].executionID)
            response.setBody(Array(body.dropFirst().dropLast()), type: "application/json")
        }
        return response
    }
}

/// Reports on their way to the disk, and the answer that waits for them.
private final class AcceptedReports: CommitWaiter {
    private let response: HTTPResponse
    private let reply: Reply

    init(_ response: HTTPResponse, reply: Reply) {
        self.response = response
        self.reply = reply
    }

    func recordWasCommitted(sequence: UInt64) { reply.send(response) }
    func recordWasRefused(_ error: SpoolError) { reply.refuse(.spool(error)) }
}
