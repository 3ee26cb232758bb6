import DurableIO

/// Where things lie in a spool directory.
///
/// ```
/// spool/events/00000000000000000001.ndjson       segments of the event log
/// spool/executions/<writer>/0000….ndjson         one log per writing process
/// spool/claims/*.claims                          which event answers for which key, derived from the event log
/// spool/refused/<key id>/<id>.request            webhooks whose signature failed
/// spool/replays/.wanted/<name>                   events that shall happen again; <name>.outcome: what came of it
/// spool/quarantine/<log>-<first sequence>-at-<byte offset>.torn   what recovery cut off
/// spool/last-used.json                           when credentials were last used; nothing depends on it
/// ```
package struct SpoolLayout: Sendable {
    package let root: String

    package init(root: String) {
        self.root = root
    }

    package var events: String { root + "/events" }
    package var executions: String { root + "/executions" }
    package var claims: String { root + "/claims" }
    package var refused: String { root + "/refused" }
    package var replays: String { root + "/replays" }
    package var quarantine: String { root + "/quarantine" }
    package var lastUses: String { root + "/last-used.json" }

    package func executions(writer: String) -> String { executions + "/" + writer }

    /// The processes that have an execution log, in the order of their names; none if there is no such directory.
    package func executionWriters(disk: any Disk) throws(IOError) -> [String] {
        try Self.names(in: executions, disk: disk)
    }

    /// What recovery set aside.
    package func quarantinedFiles(disk: any Disk) throws(IOError) -> [String] {
        try Self.names(in: quarantine, disk: disk)
    }

    private static func names(in directory: String, disk: any Disk) throws(IOError) -> [String] {
        do {
            return try disk.names(in: directory).filter { !$0.hasPrefix(".") }.sorted()
        } catch let error where error.isNotFound {
            return []
        }
    }
}
