import ArgumentParser
import JSONText
import Settings

/// `fxctl event send`: sends an event as a sender would, through nginx, and follows it if asked.
struct EventSendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Sends an event to try, with an access token, and waits for its end if asked.",
        discussion: """
            The token comes from the environment variable FX_TOKEN or, with --token -, from standard input: never from
            the command line, where others see it. Exit status 1 where the answer is not 202, or the execution that was
            waited for did not end.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("Where nginx listens.", valueName: "url")) var url = "http://127.0.0.1:8080"
    @Option(help: "The event's type.") var type: String
    @Option(help: "The event's source.") var source = "/fxctl"
    @Option(help: ArgumentHelp("Any JSON.", valueName: "json")) var payload = "null"
    @Option(help: "The correlation id; one is made if it is left out.") var cid: String?
    @Option(help: ArgumentHelp("- reads the token from standard input.", valueName: "-")) var token: String?
    @Option(help: ArgumentHelp("Wait for its executions to end, at most so long.", valueName: "seconds")) var wait: Int?

    private static let depthLimit = 128
    private static let tokenBytesLimit = 512

    func validate() throws {
        guard token == nil || token == "-" else { throw ValidationError("--token takes - only: see FX_TOKEN") }
        guard (1...60).contains(wait ?? 1) else { throw ValidationError("--wait must be from 1 to 60 seconds") }
        do {
            _ = try JSONScanner.validate(Array(payload.utf8), depthLimit: Self.depthLimit)
        } catch {
            throw ValidationError("--payload is no JSON: \(error.message), at byte \(error.offset)")
        }
        guard isHeaderValue(cid ?? "x") else { throw ValidationError("--cid has characters that no header may have") }
    }

    func run() throws {
        let endpoint = try HTTPEndpoint(url)
        let token = try tokenText()
        var fields = [("X-API-KEY", token), ("Content-Type", "application/json")]
        if let cid { fields.append(("X-Correlation-ID", cid)) }
        let accepted = try endpoint.send("POST", "/fx/events", fields: fields, body: body())
        guard accepted.status == 202, let location = accepted.field("Location") else {
            throw CommandError.request("the answer is \(accepted.status): \(ExecutionRendering.text(accepted.body))")
        }
        guard let wait else {
            let text = ExecutionRendering.text(accepted.body)
            return try common.answer(json: accepted.body, orText: text)
        }
        let told = try endpoint.send("GET", "\(location)?wait=\(wait)", fields: [("X-API-KEY", token)])
        let text = ExecutionRendering.text(told.body)
        guard told.status == 200 else { throw CommandError.request("the answer is \(told.status): \(text)") }
        try common.answer(json: told.body, orText: text)
        let isOver = !text.hasSuffix("\"executions\":[]}") && !Self.open.contains { text.contains($0) }
        guard isOver else { throw CommandError.request("after \(wait) s it had not ended") }
    }

    private static let open = [#","status":"pending"}"#, #","status":"in progress"}"#]

    private func tokenText() throws -> String {
        var text = ProcessEnvironment.variables()["FX_TOKEN"]
        if token != nil {
            text = StandardStreams.readInput(bytesLimit: Self.tokenBytesLimit).flatMap {
                String(validating: $0, as: UTF8.self)
            }
        }
        guard let text else { throw ValidationError("a token is missing: set FX_TOKEN, or use --token -") }
        let token = String(text.reversed().drop { $0.isWhitespace }.reversed())
        guard !token.isEmpty, isHeaderValue(token) else { throw ValidationError("that is no access token") }
        return token
    }

    private func isHeaderValue(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    private func body() -> [UInt8] {
        var body = Array(#"{"event_source":"#.utf8)
        JSONWriter.appendString(source, to: &body)
        JSONWriter.appendRaw(#","event_type":"#, to: &body)
        JSONWriter.appendString(type, to: &body)
        JSONWriter.appendRaw(#","payload":"#, to: &body)
        JSONWriter.appendRaw(payload, to: &body)
        body.append(UInt8(ascii: "}"))
        return body
    }
}
