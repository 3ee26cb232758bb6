import Events
import HTTPMessage
import StatusIndex

/// How a status is asked for, beside what it is of.
struct StatusQuery: Sendable {
    /// How long an answer may be put off until there is an end to tell of; 0 for at once.
    var waitSeconds = 0
    /// Whether that was a preference (RFC 7240), which the answer has to say it has followed.
    var isWaitPreferred = false
    /// Where the page before ended.
    var after: ExecutionCursor?
    /// Whether changes are to be streamed as they come.
    var isStream = false
    /// What a resumed stream has told last.
    var lastEventID: String?
    /// The tags of answers that the asker has already.
    var knownTags: String?

    static let waitSecondsLimit = 60

    private static let acceptField = HTTPFieldName("Accept")
    private static let preferField = HTTPFieldName("Prefer")
    private static let ifNoneMatchField = HTTPFieldName("If-None-Match")
    private static let lastEventIDField = HTTPFieldName("Last-Event-ID")

    /// - Throws: ``BridgeError/parameter(_:_:)``. Parameters that are not known are ignored, and so are preferences that
    ///   are not understood (RFC 7240 §2).
    init(_ request: HTTPRequest) throws(BridgeError) {
        knownTags = request.fields.text(Self.ifNoneMatchField)
        if !request.query.isEmpty { try readParameters(request.query) }
        if waitSeconds == 0, let preference = request.fields.text(Self.preferField).flatMap(Self.wait(preferred:)) {
            waitSeconds = preference
            isWaitPreferred = true
        }
        // Without a body there is nothing to wait for.
        guard request.method != .head else {
            waitSeconds = 0
            return
        }
        isStream = request.fields.text(Self.acceptField).map(Self.isEventStream) ?? false
        if isStream { lastEventID = request.fields.text(Self.lastEventIDField) }
    }

    private mutating func readParameters(_ query: String) throws(BridgeError) {
        var hasWait = false
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count == 2 ? PercentEncoding.decoded(String(pair[1])) : ""
            switch pair[0] {
            case "wait":
                guard !hasWait, let value, let seconds = Self.seconds(value), seconds <= Self.waitSecondsLimit else {
                    throw .parameter(
                        "wait", "must be a whole number of seconds from 0 to \(Self.waitSecondsLimit), once")
                }
                waitSeconds = seconds
                hasWait = true
            case "after":
                guard after == nil, let value, let cursor = ExecutionCursor(parameter: value) else {
                    throw .parameter("after", "must be as the Link of the page before has it")
                }
                after = cursor
            default: continue
            }
        }
    }

    /// `wait=10` among other preferences; more than is allowed counts as the most that is.
    private static func wait(preferred field: String) -> Int? {
        for preference in field.split(separator: ",") {
            let pair = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, trimmed(pair[0]).lowercased() == "wait" else { continue }
            return seconds(trimmed(pair[1])).map { min($0, waitSecondsLimit) }
        }
        return nil
    }

    /// Whether one of the media ranges is `text/event-stream`, with a weight that is not 0 (RFC 9110 §12.5.1).
    private static func isEventStream(_ field: String) -> Bool {
        field.split(separator: ",").contains { range in
            let parts = range.split(separator: ";").map { trimmed($0).lowercased() }
            let isRefused = parts.dropFirst().contains {
                $0.hasPrefix("q=0") && $0.dropFirst(3).allSatisfy { "0.".contains($0) }
            }
            return parts.first == "text/event-stream" && !isRefused
        }
    }

    private static func seconds(_ text: String) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

extension ExecutionCursor {
    /// `1767323045678901~run-7`: microseconds since 1970 and an execution's id.
    init?(parameter: String) {
        let parts = parameter.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]),
            (1...IdentifierAlphabet.bytesLimit).contains(parts[1].utf8.count),
            IdentifierAlphabet.contains(String(parts[1]))
        else { return nil }
        self.init(firstRecordedMicroseconds: microseconds, executionID: Array(parts[1].utf8))
    }

    var parameter: String { "\(firstRecordedMicroseconds)~\(String(decoding: executionID, as: UTF8.self))" }
}
