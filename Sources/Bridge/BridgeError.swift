import Authentication
import Events
import HTTPMessage
import Idempotency
import JSONText
import Spool
import StatusIndex

/// Why a request was not served, each case for one thing that somebody can change.
enum BridgeError: Error, Sendable {
    case noSuchPath
    case methodNotAllowed(Route)
    case bodyTooLarge(limit: Int)
    case bodyOfWrongLength(announced: Int, received: Int)
    case mediaType(String)
    /// CloudEvents, but in no format that is taken.
    case eventFormat
    case authentication(AuthenticationError)
    /// As above, from an address that has failed too often.
    case tooManyFailures(AuthenticationError, retryAfterSeconds: Int)
    /// The key of a provider that punishes refusals lacks `events:write`: our operator's fault, and soon mended.
    case keyUnfit(AuthenticationError)
    case event(EventsError)
    /// Events of a batch that are none; nothing of it was stored.
    case batch([RefusedItem], count: Int)
    /// The credential does not allow one event of a batch.
    case batchItem(index: Int, AuthenticationError)
    case correlationID(EventsError)
    case correlationIDDuplicated
    case unknownCID
    case unknownExecution
    /// A parameter of the query, and what it must be.
    case parameter(String, String)
    case tooManyWaiters
    case unknownDelivery
    /// A report is not valid; `index` is its place in an array.
    case report(EventsError, index: Int?)
    case noReports
    case tooManyReports(limit: Int)
    /// Only other tenants have sent events of the cid: to this one it is unknown.
    case reportOfForeignCID(index: Int?)
    /// An access token was good, but no secret key of its tenant is called as the path says.
    case unknownKey
    case spool(SpoolError)
    /// The index does not know it, but has not read the whole log yet.
    case indexLags
    case index(StatusIndexError)
    case idempotencyKey(IdempotencyKey.Fault)
    /// The key came before, with another body.
    case idempotencyKeyReused
    /// Too many requests of keys that are being stored wait already.
    case idempotencyInProgress
    /// The keys are being read, or cannot be.
    case idempotencyNotReady(because: String?)
    case claims(ClaimError)
}

extension BridgeError {
    /// The one place where a failure becomes an HTTP status. 4xx tells the sender what to change; 401 and 5xx tell
    /// nothing of the inside.
    var problem: Problem {
        switch self {
        case .noSuchPath:
            return Problem(
                "not-found", "There is nothing at this path", .notFound,
                detail: "See /fx/openapi.json for the paths there are.")
        case .methodNotAllowed(let route):
            var problem = Problem(
                "method-not-allowed", "The path does not take this method", .methodNotAllowed,
                detail: "Allowed here: \(route.allowedMethods).")
            problem.allow = route.allowedMethods
            return problem
        case .bodyTooLarge(let limit):
            return Problem(
                "content-too-large", "The body is too large", .contentTooLarge,
                detail: "At most \(limit) bytes are taken.")
        case .bodyOfWrongLength(let announced, let received):
            let detail =
                announced < 0
                ? "Content-Length is not a number."
                : "Content-Length announced \(announced) bytes, \(received) came."
            return Problem("incomplete-body", "The body is not of the announced length", .badRequest, detail: detail)
        case .mediaType(let found):
            return Problem(
                "unsupported-media-type", "The body's type is not supported", .unsupportedMediaType,
                detail: found.isEmpty
                    ? "Content-Type is missing; send application/json."
                    : "Send Content-Type: application/json (or application/*+json), in UTF-8.")
        case .eventFormat:
            var problem = Problem(
                "unsupported-media-type", "The body's type is not supported", .unsupportedMediaType,
                detail: "Of the formats of CloudEvents, JSON in UTF-8 is taken, one event or a batch.")
            problem.acceptPost = "application/cloudevents+json, application/cloudevents-batch+json"
            return problem
        case .authentication(let error): return Self.problem(of: error)
        case .tooManyFailures(_, let seconds):
            var problem = Problem(
                "too-many-failures", "Too many requests were not authenticated", .tooManyRequests,
                detail:
                    "This address has sent too many requests without a good credential. Mend it, and wait as long as "
                    + "Retry-After says; a request with a good one is taken at once.")
            problem.retryAfterSeconds = seconds
            return problem
        case .keyUnfit:
            var problem = Problem(
                "key-unfit", "The key is not set up for this yet", .serviceUnavailable,
                detail: "The signature is right; the operator has to let the key send events.")
            problem.retryAfterSeconds = 300
            return problem
        case .event(let error): return Self.problem(of: error)
        case .batch(let refused, let count):
            var problem = Problem(
                "invalid-batch", "The batch is not valid", .badRequest,
                detail: "\(refused.count) of \(count) events are not valid; nothing was stored.")
            problem.items = refused
            return problem
        case .batchItem(let index, let error):
            var problem = Self.problem(of: error)
            problem.detail = "Event \(index) of the batch: \(problem.detail ?? "") Nothing was stored."
            problem.index = index
            return problem
        case .correlationID(let error):
            var problem = Problem(
                "invalid-correlation-id", "X-Correlation-ID is not valid", .badRequest,
                detail: error.message + ", 1 to 128 characters.")
            problem.member = "X-Correlation-ID"
            return problem
        case .correlationIDDuplicated:
            var problem = Problem(
                "invalid-correlation-id", "X-Correlation-ID is not valid", .badRequest,
                detail: "X-Correlation-ID came more than once; send it once.")
            problem.member = "X-Correlation-ID"
            return problem
        case .unknownCID:
            return Problem(
                "unknown-cid", "No event has this correlation id", .notFound,
                detail: "No event of this tenant was accepted under this cid.")
        case .unknownExecution:
            return Problem(
                "unknown-execution", "No execution has this id", .notFound,
                detail: "No execution of this tenant was reported under this id.")
        case .parameter(let name, let rule):
            var problem = Problem(
                "invalid-parameter", "A parameter of the query is not valid", .badRequest, detail: "\(name) \(rule).")
            problem.member = name
            return problem
        case .tooManyWaiters:
            var problem = Problem(
                "too-many-waiters", "Too many requests wait already", .serviceUnavailable,
                detail: "Ask without waiting, or again later.")
            problem.retryAfterSeconds = 5
            return problem
        case .unknownDelivery:
            return Problem(
                "unknown-delivery", "No event has this delivery id", .notFound,
                detail: "No event of this tenant was delivered under this id.")
        case .report(let error, let index): return Self.problem(of: error, reportAt: index)
        case .noReports:
            return Problem(
                "invalid-report", "The report is not valid", .badRequest, detail: "The array holds no report.")
        case .tooManyReports(let limit):
            return Problem(
                "content-too-large", "Too many reports", .contentTooLarge,
                detail: "At most \(limit) reports are taken at once.")
        case .reportOfForeignCID(let index):
            var problem = Problem(
                "unknown-cid", "No event has this correlation id", .notFound,
                detail: "No event of this tenant was accepted under the cid\(Self.place(index)).")
            problem.index = index
            return problem
        case .unknownKey:
            return Problem(
                "unknown-key", "No secret key has this id", .notFound,
                detail: "The path names a secret key that this tenant does not have.")
        case .spool(let error): return Self.problem(of: error)
        case .idempotencyKey(let fault):
            var problem = Problem(
                "invalid-idempotency-key", "Idempotency-Key is not valid", .badRequest, detail: fault.detail)
            problem.member = "Idempotency-Key"
            return problem
        case .idempotencyKeyReused:
            return Problem(
                "idempotency-key-reused", "The key came before with another body", .unprocessableContent,
                detail: "An Idempotency-Key, a delivery id or a CloudEvent's source and id name one request; "
                    + "send another body under another one.")
        case .idempotencyInProgress:
            var problem = Problem(
                "idempotency-in-progress", "A request of this key is being stored", .conflict,
                detail: "Too many requests wait for it; ask again.")
            problem.retryAfterSeconds = 1
            return problem
        case .idempotencyNotReady, .claims:
            var problem = Problem(
                "idempotency-not-ready", "Whether this request came before is not known yet", .serviceUnavailable,
                detail: "Nothing was stored; send it again.")
            problem.retryAfterSeconds = 2
            return problem
        case .indexLags:
            var problem = Problem(
                "status-not-ready", "The status is not known yet", .serviceUnavailable,
                detail: "The index is catching up with the log; ask again.")
            problem.retryAfterSeconds = 2
            return problem
        case .index:
            var problem = Problem("status-unavailable", "The status cannot be read now", .serviceUnavailable)
            problem.retryAfterSeconds = 5
            return problem
        }
    }

    private static func problem(of error: AuthenticationError) -> Problem {
        switch error {
        case .refused:
            return Problem("unauthorized", "The request is not authenticated", .unauthorized)
        case .duplicatedHeader(let header):
            var problem = Problem(
                "duplicated-credential", "A credential was sent twice", .badRequest,
                detail: "\(header.name) came more than once; send it once.")
            problem.member = header.name
            return problem
        case .scopeMissing(let scopes, _):
            return Problem(
                "scope-missing", "The credential does not allow this", .forbidden,
                detail: "The credential lacks the scope \(scopes.names.joined(separator: " ")).")
        case .denied(.sourceNotAllowed, _):
            return Problem(
                "source-not-allowed", "The credential does not allow this", .forbidden,
                detail: "The credential is limited to other event sources.")
        case .denied(.typeNotAllowed, _):
            return Problem(
                "type-not-allowed", "The credential does not allow this", .forbidden,
                detail: "The credential is limited to other event types.")
        }
    }

    private static func problem(of error: EventsError) -> Problem {
        guard case .json(let jsonError) = error else {
            var problem = Problem(
                "invalid-event", "The event is not valid", .badRequest, detail: error.message + ".")
            problem.member = error.member
            return problem
        }
        var problem = Problem(
            "malformed-json", "The body is not valid JSON", .badRequest,
            detail: "\(jsonError.message), at byte \(jsonError.offset).")
        problem.offset = jsonError.offset
        return problem
    }

    private static func problem(of error: EventsError, reportAt index: Int?) -> Problem {
        var problem: Problem
        if case .json(let jsonError) = error {
            problem = Self.problem(of: EventsError.json(jsonError))
        } else {
            problem = Problem(
                "invalid-report", "The report is not valid", .badRequest, detail: error.message + place(index) + ".")
            problem.member = error.member
        }
        problem.index = index
        return problem
    }

    private static func place(_ index: Int?) -> String { index.map { " (report \($0))" } ?? "" }

    private static func problem(of error: SpoolError) -> Problem {
        switch error {
        case .recordTooLarge(_, let limit):
            return Problem(
                "content-too-large", "The event is too large", .contentTooLarge,
                detail: "With its envelope an event may have \(limit) bytes.")
        case .overloaded:
            var problem = Problem("overloaded", "Too many events wait for the disk", .serviceUnavailable)
            problem.retryAfterSeconds = 1
            return problem
        case .full, .shortWrite: return storageFull
        case .stopped:
            var problem = Problem("draining", "The server is stopping", .serviceUnavailable)
            problem.retryAfterSeconds = 2
            return problem
        case .disk, .locked, .unsuitableFileSystem:
            if error.isFull { return storageFull }
            var problem = Problem("storage-failed", "The event could not be stored", .serviceUnavailable)
            problem.retryAfterSeconds = 5
            return problem
        }
    }

    private static var storageFull: Problem {
        var problem = Problem("storage-full", "There is no room for events now", .serviceUnavailable)
        problem.retryAfterSeconds = 30
        return problem
    }
}

extension BridgeError {
    /// What the operator's log says, in one word that can be counted.
    var reason: String {
        switch self {
        case .authentication(let error), .keyUnfit(let error), .batchItem(_, let error): error.reason
        case .noSuchPath, .methodNotAllowed, .bodyTooLarge, .bodyOfWrongLength, .mediaType, .eventFormat,
            .tooManyFailures, .event, .batch, .correlationID, .correlationIDDuplicated, .unknownCID, .unknownExecution,
            .parameter, .tooManyWaiters, .unknownDelivery, .report, .noReports, .tooManyReports, .reportOfForeignCID,
            .unknownKey, .spool, .indexLags, .index, .idempotencyKey, .idempotencyKeyReused, .idempotencyInProgress,
            .idempotencyNotReady, .claims:
            problem.type.description
        }
    }

    /// What the operator should know beyond the answer, where there is more.
    var explanation: String? {
        switch self {
        case .spool(let error): error.description
        case .index(let error): "\(error)"
        case .claims(let error): "\(error)"
        case .idempotencyNotReady(let because): because
        case .noSuchPath, .methodNotAllowed, .bodyTooLarge, .bodyOfWrongLength, .mediaType, .eventFormat,
            .authentication, .tooManyFailures, .keyUnfit, .event, .batch, .batchItem, .correlationID,
            .correlationIDDuplicated, .unknownCID, .unknownExecution, .parameter, .tooManyWaiters, .unknownDelivery,
            .report, .noReports, .tooManyReports, .reportOfForeignCID, .unknownKey, .indexLags, .idempotencyKey,
            .idempotencyKeyReused, .idempotencyInProgress:
            nil
        }
    }
}
