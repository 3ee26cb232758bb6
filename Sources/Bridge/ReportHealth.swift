import HTTPMessage
import JSONText

/// Answers the operator's questions whether the process lives and whether it can do its work.
package struct ReportHealth: Sendable {
    /// One thing that has to be right.
    package struct Check: Sendable {
        package let name: String
        /// nil if it is right; else why not, for the operator.
        package let failure: @Sendable () -> String?

        package init(_ name: String, failure: @escaping @Sendable () -> String?) {
            self.name = name
            self.failure = failure
        }
    }

    private let checks: [Check]

    package init(checks: [Check]) {
        self.checks = checks
    }

    /// `{"status":"ok"}`: the process answers.
    func liveness() -> HTTPResponse {
        answer(.ok, Array(#"{"status":"ok"}"#.utf8))
    }

    /// `{"status":"ready","checks":[{"name":"spool","status":"ok"}]}`, or 503 with
    /// `{"status":"not ready","checks":[{"name":"spool","status":"failed","reason":"…"}]}`.
    func readiness() -> HTTPResponse {
        let results = checks.map { (name: $0.name, failure: $0.failure()) }
        let isReady = results.allSatisfy { $0.failure == nil }
        var json: [UInt8] = []
        JSONWriter.appendRaw(
            isReady ? #"{"status":"ready","checks":["# : #"{"status":"not ready","checks":["#, to: &json)
        for (index, result) in results.enumerated() {
            JSONWriter.appendRaw(index == 0 ? #"{"name":"# : #",{"name":"#, to: &json)
            JSONWriter.appendString(result.name, to: &json)
            if let failure = result.failure {
                JSONWriter.appendRaw(#","status":"failed","reason":"#, to: &json)
                JSONWriter.appendString(failure, to: &json)
                JSONWriter.appendRaw("}", to: &json)
            } else {
                JSONWriter.appendRaw(#","status":"ok"}"#, to: &json)
            }
        }
        JSONWriter.appendRaw("]}", to: &json)
        return answer(isReady ? .ok : .serviceUnavailable, json)
    }

    private func answer(_ status: HTTPStatus, _ body: [UInt8]) -> HTTPResponse {
        var response = HTTPResponse(status)
        response.add("Cache-Control", "no-store")
        response.setBody(body, type: "application/json")
        return response
    }
}
