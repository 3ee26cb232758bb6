/// Where things lie in a spool directory.
///
/// ```
/// spool/events/00000000000000000001.ndjson       segments of the event log
/// spool/executions/<writer>/0000….ndjson         one log per writing process
/// spool/quarantine/<log>-<first sequence>-at-<byte offset>.torn   what recovery cut off
/// ```
package struct SpoolLayout: Sendable {
    package let root: String

    package init(root: String) {
        self.root = root
    }

    package var events: String { root + "/events" }
    package var executions: String { root + "/executions" }
    package var quarantine: String { root + "/quarantine" }

    package func executions(writer: String) -> String { executions + "/" + writer }
}
