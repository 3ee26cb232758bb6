extension SettingDefinition {
    private static let kibibyte = 1 << 10
    private static let mebibyte = 1 << 20
    private static let gibibyte = 1 << 30

    /// Every setting there is, in the order of `deploy/fx-bridge.yaml`.
    package static let all: [SettingDefinition] = [
        .path(
            // sockaddr_un has 108 bytes, the last one NUL (unix(7)).
            "fastcgi.socket", \.fastCGI.socketPath, "run/fx-bridge.sock", bytesLimit: 107,
            "The unix socket on which nginx reaches the responder."),
        .mode(
            "fastcgi.socket_mode", \.fastCGI.socketMode, "0660",
            "Who may connect: the permission bits of the socket."),
        .group(
            "fastcgi.socket_group", \.fastCGI.socketGroup, "",
            "The group that owns the socket, usually nginx's."),
        .count(
            "fastcgi.workers", \.fastCGI.workersCount, "4", 1...64,
            "How many threads read requests and answer them."),
        .count(
            "fastcgi.connections_limit", \.fastCGI.connectionsLimit, "8192", 1...65_536,
            "How many connections from nginx may be open at a time; further ones wait in the backlog."),
        .duration(
            "fastcgi.peer_timeout", \.fastCGI.peerTimeout, "30s", .seconds(1) ... .seconds(600),
            "How long nginx may stall in the middle of a request before its connection is closed."),
        .count(
            "fastcgi.backlog", \.fastCGI.backlog, "1024", 1...65_535,
            "How many connections the kernel may hold until a worker takes them."),

        .path(
            "spool.directory", \.spool.directory, "spool",
            "Where accepted events lie: a directory on a local file system."),
        .bytes(
            "spool.segment_bytes", \.spool.segmentBytes, "64MiB", 64 * kibibyte...4 * gibibyte,
            "The size at which a new file of the spool is begun."),
        .bytes(
            "spool.pending_bytes_limit", \.spool.pendingBytesLimit, "64MiB", mebibyte...4 * gibibyte,
            "How many bytes of events may wait for the disk; beyond it senders get 503."),
        .count(
            "spool.pending_events_limit", \.spool.pendingEventsLimit, "8192", 1...1_048_576,
            "How many events may wait for the disk; beyond it senders get 503."),
        .bytes(
            "spool.free_bytes_reserve", \.spool.freeBytesReserve, "64MiB", 0...1024 * gibibyte,
            "How much of the disk stays free; below it senders get 503 and status reads go on."),
        .duration(
            "spool.retention_age", \.spool.retentionAge, "7d", .zero ... .seconds(36_500 * 86_400),
            "How long events are kept; 0s keeps them however old they are."
        ).live,
        .bytes(
            "spool.retention_bytes", \.spool.retentionBytes, "10GiB", 0...1024 * 1024 * gibibyte,
            "How many bytes of events are kept, the oldest going first; 0 sets no limit."
        ).live,
        .choice(
            "spool.compression", \.spool.compression, "none",
            "Whether full files of the spool are compressed once nobody writes them."),

        .path(
            "index.file", \.index.file, "spool/index.sqlite",
            "The index of executions, derived from the spool; it may be deleted while the responder is down."),

        .count(
            "status.waiters_limit", \.status.waitersLimit, "4096", 0...65_536,
            "How many requests may wait for executions at a time, streams included; further ones get 503."),
        .count(
            "status.waiters_per_tenant_limit", \.status.waitersPerTenantLimit, "2048", 0...65_536,
            "How many of them one tenant may have."),
        .duration(
            "status.heartbeat", \.status.heartbeat, "15s", .seconds(1) ... .seconds(50),
            "How often a stream in which nothing happens says that it lives."),

        .path(
            "credentials.file", \.credentials.file, "credentials.json",
            "Access tokens and secret keys, written by fxctl; a change is followed without a restart."),

        .text(
            "events.generic_type", \.events.genericType, "fx.events.generic.incoming", bytesLimit: 255,
            "The CloudEvents type of what is posted to /fx/events/generic."
        ).live,
        .uriReference(
            "events.generic_source", \.events.genericSource, "/fx/events/generic", bytesLimit: 1024,
            "The CloudEvents source of what is posted to /fx/events/generic."
        ).live,
        .text(
            "events.webhook_type", \.events.webhookType, "fx.events.webhook.incoming", bytesLimit: 255,
            "The CloudEvents type of what is posted to /fx/events/webhook."
        ).live,
        .uriReference(
            "events.webhook_source", \.events.webhookSource, "/fx/events/webhook", bytesLimit: 1024,
            "The CloudEvents source of what is posted to /fx/events/webhook."
        ).live,
        .text(
            "events.webhook_origins", \.events.webhookOrigins, "*", bytesLimit: 4096,
            "Senders that the OPTIONS handshake of CloudEvents permits, separated by blanks; * stands for anything."
        ).live,
        .count(
            "events.webhook_rate", \.events.webhookRate, "30000", 0...1_000_000_000,
            "Requests per minute that the handshake promises, as many as nginx lets through; 0 promises any number."
        ).live,

        .duration(
            "idempotency.window", \.idempotency.window, "72h", .zero ... .seconds(365 * 86_400),
            "How long a repeated request gets its first answer instead of making another event; 0s turns that off."),
        .count(
            "idempotency.keys_limit", \.idempotency.keysLimit, "10000000", 100_000...100_000_000,
            "How many keys of requests are known at most; beyond it the oldest are forgotten before their time."),

        .duration(
            "quarantine.age", \.quarantine.age, "7d", .zero ... .seconds(365 * 86_400),
            "How long webhooks whose signature failed on their key's own URL are kept; 0s keeps none."),
        .bytes(
            "quarantine.bytes_per_key", \.quarantine.bytesPerKey, "16MiB", 64 * kibibyte...gibibyte,
            "How many bytes of them are kept of one key, the oldest going first."),

        .bytes(
            "limits.body_bytes", \.limits.bodyBytes, "10MiB", kibibyte...gibibyte,
            "The largest body of a request; a larger one gets 413."
        ).live,
        .count(
            "limits.json_depth", \.limits.jsonDepth, "128", 1...1024,
            "How deep arrays and objects may be nested in a body."
        ).live,
        .count(
            "limits.event_source_bytes", \.limits.eventSourceBytes, "1024", 1...8192,
            "The longest event_source, in bytes of UTF-8."
        ).live,
        .count(
            "limits.event_type_bytes", \.limits.eventTypeBytes, "255", 1...8192,
            "The longest event_type, in bytes of UTF-8."
        ).live,
        .count(
            "limits.batch_events", \.limits.batchEvents, "1000", 1...100_000,
            "How many events a batch of CloudEvents may have."
        ).live,
        .count(
            "limits.failures_per_minute", \.limits.failuresPerMinute, "60", 0...1_000_000,
            "How many requests a minute an address may send without a good credential; further ones get 429."),
        .count(
            "limits.failures_burst", \.limits.failuresBurst, "100", 1...1_000_000,
            "How many of them may come at once."),

        .path(
            "process.pid_file", \.process.pidFile, "run/fx-bridge.pid",
            "Where the responder writes its process id."),
        .duration(
            "process.drain_delay", \.process.drainDelay, "0s", .zero ... .seconds(600),
            "How long after SIGTERM /readyz says 503 before the socket is closed."
        ).live,
        .duration(
            "process.drain_timeout", \.process.drainTimeout, "10s", .zero ... .seconds(600),
            "How long requests that are under way may take to end after SIGTERM."
        ).live,

        .path(
            "runner.services_file", \.runner.servicesFile, "services.yaml",
            "The services that fx-runner runs and the events that trigger them; a change is followed without a restart."
        ),
        .count(
            "runner.concurrency", \.runner.concurrency, "16", 1...1024,
            "How many executions run at once."),
        .count(
            "runner.backlog_limit", \.runner.backlogLimit, "1000", 1...1_000_000,
            "How many executions of one service wait in memory; further ones wait on the disk."),
        .path(
            "runner.scratch_directory", \.runner.scratchDirectory, "run/executions",
            "Where each execution gets a directory of its own, gone when it ends."),
        .path(
            "runner.pid_file", \.runner.pidFile, "run/fx-runner.pid",
            "Where fx-runner writes its process id."),
        .path(
            "runner.status_file", \.runner.statusFile, "run/fx-runner.status",
            "Where fx-runner tells, as JSON and at most once a second, what it is doing."),
        .optionalPath(
            "runner.log_file", \.runner.logFile, "",
            "Where fx-runner's lines go instead of standard error; SIGUSR1 opens the file again."
        ).live,

        .choice(
            "log.level", \.log.level, "info",
            "The least severe lines that are still logged."
        ).live,
        .choice(
            "log.format", \.log.format, "text",
            "How a line looks: words and key=value pairs, or one JSON object."
        ).live,
        .optionalPath(
            "log.file", \.log.file, "",
            "Where lines go instead of standard error; SIGUSR1 opens the file again."
        ).live,
        .count(
            "log.sample", \.log.sampling, "1", 0...1_000_000,
            "Of the requests that went well, one in so many gets a line; 0 gives none."
        ).live,
    ]
}
