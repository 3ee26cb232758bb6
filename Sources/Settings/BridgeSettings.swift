/// What an operator has decided, checked and typed; paths are absolute.
///
/// To add a setting, add a property here and a row to ``SettingDefinition/all``, which holds its default.
package struct BridgeSettings: Sendable, Equatable {
    package struct FastCGI: Sendable, Equatable {
        package internal(set) var socketPath = ""
        package internal(set) var socketMode: UInt32 = 0
        /// Nil leaves the process's own group.
        package internal(set) var socketGroup: String?
        package internal(set) var workersCount = 0
        package internal(set) var connectionsLimit = 0
        package internal(set) var peerTimeout = Duration.zero
        package internal(set) var backlog = 0
    }

    package struct Spool: Sendable, Equatable {
        package internal(set) var directory = ""
        package internal(set) var segmentBytes = 0
        package internal(set) var pendingBytesLimit = 0
        package internal(set) var pendingEventsLimit = 0
        package internal(set) var freeBytesReserve = 0
        /// Zero keeps events however old they are.
        package internal(set) var retentionAge = Duration.zero
        /// Zero keeps events however many they are.
        package internal(set) var retentionBytes = 0
        /// Of sealed files.
        package internal(set) var compression = Compression.none
    }

    package struct Index: Sendable, Equatable {
        package internal(set) var file = ""
    }

    package struct Status: Sendable, Equatable {
        package internal(set) var waitersLimit = 0
        package internal(set) var waitersPerTenantLimit = 0
        package internal(set) var heartbeat = Duration.zero
    }

    package struct Credentials: Sendable, Equatable {
        package internal(set) var file = ""
    }

    package struct Events: Sendable, Equatable {
        package internal(set) var genericType = ""
        package internal(set) var genericSource = ""
        package internal(set) var webhookType = ""
        package internal(set) var webhookSource = ""
        package internal(set) var webhookOrigins = ""
        /// Requests per minute; zero sets no limit.
        package internal(set) var webhookRate = 0
    }

    package struct Idempotency: Sendable, Equatable {
        /// Zero lets every request make an event.
        package internal(set) var window = Duration.zero
        package internal(set) var keysLimit = 0
    }

    package struct Quarantine: Sendable, Equatable {
        /// Zero keeps nothing.
        package internal(set) var age = Duration.zero
        package internal(set) var bytesPerKey = 0
    }

    package struct Limits: Sendable, Equatable {
        package internal(set) var bodyBytes = 0
        package internal(set) var jsonDepth = 0
        package internal(set) var eventSourceBytes = 0
        package internal(set) var eventTypeBytes = 0
        package internal(set) var batchEvents = 0
        /// Zero sets no limit.
        package internal(set) var failuresPerMinute = 0
        package internal(set) var failuresBurst = 0
    }

    package struct Process: Sendable, Equatable {
        package internal(set) var pidFile = ""
        package internal(set) var drainDelay = Duration.zero
        package internal(set) var drainTimeout = Duration.zero
    }

    /// Of fx-runner, which shares the spool, the log's level and format and the time to drain with the bridge.
    package struct Runner: Sendable, Equatable {
        package internal(set) var servicesFile = ""
        package internal(set) var concurrency = 0
        package internal(set) var backlogLimit = 0
        package internal(set) var scratchDirectory = ""
        package internal(set) var pidFile = ""
        package internal(set) var statusFile = ""
        /// Nil for standard error.
        package internal(set) var logFile: String?
    }

    package struct Log: Sendable, Equatable {
        package internal(set) var level = LogLevel.info
        package internal(set) var format = LogFormat.text
        /// Nil for standard error.
        package internal(set) var file: String?
        /// Of the requests that went well one in so many gets a line; zero gives none.
        package internal(set) var sampling = 1
    }

    package enum Compression: String, CaseIterable, Sendable {
        case none, zstd
    }

    /// The names of swift-log's levels.
    package enum LogLevel: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum LogFormat: String, CaseIterable, Sendable {
        case text, json
    }

    /// Where relative paths start: the settings file's own directory.
    package let directory: String
    /// Where systemd keeps the credentials of the service (systemd.exec(5)), for paths that begin with
    /// ``credentialsVariable``.
    let credentialsDirectory: String?
    /// What is in force for every key.
    package internal(set) var effective: [String: EffectiveSetting] = [:]
    package internal(set) var fastCGI = FastCGI()
    package internal(set) var spool = Spool()
    package internal(set) var index = Index()
    package internal(set) var status = Status()
    package internal(set) var credentials = Credentials()
    package internal(set) var events = Events()
    package internal(set) var idempotency = Idempotency()
    package internal(set) var quarantine = Quarantine()
    package internal(set) var limits = Limits()
    package internal(set) var process = Process()
    package internal(set) var runner = Runner()
    package internal(set) var log = Log()

    /// What a path may begin with: `$CREDENTIALS_DIRECTORY/credentials.json`.
    static let credentialsVariable = "$CREDENTIALS_DIRECTORY/"

    init(directory: String, credentialsDirectory: String? = nil) {
        self.directory = directory
        self.credentialsDirectory = credentialsDirectory
    }

    func absolutePath(_ path: String) -> String {
        if let credentialsDirectory, path.hasPrefix(Self.credentialsVariable) {
            return credentialsDirectory + "/" + path.dropFirst(Self.credentialsVariable.count)
        }
        if path.hasPrefix("/") { return path }
        return directory.hasSuffix("/") ? directory + path : directory + "/" + path
    }
}
