/// How a line of the log looks.
package enum LogFormat: Sendable {
    /// `2026-01-02T03:04:05.678901Z notice request id=859b… status=403 reason=scope-missing`
    case text
    /// `{"time":"2026-01-02T03:04:05.678901Z","level":"notice","message":"request","id":"859b…","status":403,…}`
    case json
}
