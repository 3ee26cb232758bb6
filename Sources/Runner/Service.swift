import Authentication

/// A command that events trigger: what `services.yaml` says of it, checked.
package struct Service: Sendable, Equatable {
    package struct Limits: Sendable, Equatable {
        /// How long it may run before its process group gets SIGTERM.
        package var time = Duration.seconds(60)
        /// How long it may go on after that, before SIGKILL.
        package var grace = Duration.seconds(5)
        /// What it may write to standard output.
        package var outputBytes = 1 << 20
        /// Address space of each of its processes (`RLIMIT_AS`); nil sets no limit.
        package var memoryBytes: Int?
        /// How many of it run at once.
        package var concurrency = 4

        package init() {}
    }

    /// What becomes of an execution that ran when the runner was killed.
    package enum LostPolicy: String, Sendable, CaseIterable {
        /// It runs again, ``RunLimits/lostRuns`` times at most: its service must bear that.
        case rerun
        /// It is reported as failed.
        case fail
    }

    /// 1 to 63 of `a-z 0-9 . _ -`.
    package let name: String
    /// Program and arguments; a program with a slash is relative to the file's directory, another one is looked for in
    /// ``path``.
    package var command: [String]
    package var match: EventMatch
    package var limits = Limits()
    package var retries = RetryPolicy.none
    package var lost = LostPolicy.rerun
    /// How old an event may be when it is this service's turn; an older one is skipped.
    package var expires = Duration.seconds(7 * 86_400)
    /// The user it runs as; nil for the runner's own.
    package var user: String?
    /// Where it runs; nil for a directory of its own that goes when it ends.
    package var directory: String?
    /// Over what every service gets.
    package var environment: [String: String] = [:]
    /// Whether it gets the whole CloudEvent as a file.
    package var wantsEventFile = false
    /// Whether members that FX reserves for itself reach it as the sender sent them.
    package var keepsReservedMembers = false

    /// Where commands without a slash are looked for, and `PATH` of every service.
    package static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    package init(name: String, command: [String], match: EventMatch) {
        self.name = name
        self.command = command
        self.match = match
    }
}

/// Which events trigger a service: every part that is given must agree.
package struct EventMatch: Sendable, Equatable {
    /// One of them must match the type.
    package var types: [Glob]
    /// One of them must match the source, if there are any.
    package var sources: [Glob] = []
    /// The tenant must be one of them, if there are any.
    package var tenants: [String] = []
    /// All of them must hold for the payload.
    package var conditions: [PayloadCondition] = []

    package init(types: [Glob]) {
        self.types = types
    }

    /// - Parameters:
    ///   - payload: the event's data; nil if it has none, or none that is JSON.
    ///   - bytes: what `payload` is a slice of.
    package func matches(
        type: String, source: String, tenant: String, payload: Range<Int>?, of bytes: [UInt8]
    ) -> Bool {
        guard types.contains(where: { $0.matches(type) }) else { return false }
        guard sources.isEmpty || sources.contains(where: { $0.matches(source) }) else { return false }
        guard tenants.isEmpty || tenants.contains(tenant) else { return false }
        return conditions.allSatisfy { $0.holds(for: payload, of: bytes) }
    }
}
