import Events
import JSONText

/// One run of a service: all that its process needs.
package struct ServiceJob: Sendable {
    package let id: ExecutionID
    package let service: Service
    package let event: RecordedEvent
    /// What ``event`` was read from: its line on the spool.
    package let line: [UInt8]
    /// From 1.
    package let attempt: Int

    package init(id: ExecutionID, service: Service, event: RecordedEvent, line: [UInt8], attempt: Int) {
        self.id = id
        self.service = service
        self.event = event
        self.line = line
        self.attempt = attempt
    }

    /// Standard input: the payload, which is the service's parameters. Nothing where the event has none; the bytes
    /// themselves where it is not JSON.
    package var parameters: [UInt8] {
        switch event.data {
        case .json(let value):
            service.keepsReservedMembers ? Array(line[value.range]) : ReservedMembers.stripped(value.range, of: line)
        case .base64(let value): value.string(in: line).flatMap { Base64Text.decoded($0) } ?? []
        // A recorded event is one of the others.
        case .absent, .text, .binary: []
        }
    }
}

extension RecordedEvent {
    /// The payload, if it is JSON.
    var jsonPayload: JSONValue? {
        if case .json(let value) = data { value } else { nil }
    }
}

/// The environment of a service: nothing of the runner's own, so that no secret of it gets there.
enum ServiceEnvironment {
    static let scratchVariable = "FX_SCRATCH"

    static func variables(of job: ServiceJob, scratch: String, eventFile: String?) -> [String: String] {
        var variables = [
            "PATH": Service.path,
            "HOME": scratch,
            "TMPDIR": scratch,
            "LANG": "C.UTF-8",
        ]
        variables.merge(job.service.environment) { $1 }
        variables.merge([
            "FX_CID": job.event.cid.text,
            "FX_EXECUTION_ID": job.id.text,
            "FX_EVENT_ID": job.event.id,
            "FX_EVENT_TYPE": job.event.type,
            "FX_EVENT_SOURCE": job.event.source,
            "FX_TENANT": job.event.tenant,
            "FX_SERVICE": job.service.name,
            "FX_ATTEMPT": String(job.attempt),
            scratchVariable: scratch,
        ]) { $1 }
        if let eventFile { variables["FX_EVENT_FILE"] = eventFile }
        // An id or a type may hold U+0000, which no variable can.
        return variables.mapValues { value in
            value.utf8.contains(0)
                ? String(value.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : Character($0) }) : value
        }
    }
}
