// swift-tools-version: 6.2

import PackageDescription

/// One list for every Swift target: Swift 6 mode, no warning survives, and each unsafe expression says `unsafe`.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Tests drive pointers and processes freely; everything else holds for them too.
let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

/// The server and its tools carry the Swift runtime inside: the target machine needs no toolchain.
let executableLinking: [LinkerSetting] = []

let package = Package(
    name: "fx-bridge",
    products: [
        .executable(name: "fx-bridge", targets: ["fx-bridge"]),
        .executable(name: "fxctl", targets: ["fxctl"]),
        .executable(name: "fx-runner", targets: ["fx-runner"]),
    ],
    dependencies: [
        // HMAC-SHA-256 and constant-time comparison, and SHA-256 for the spool's chain: BoringSSL's, not ours.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        // fxctl's commands, help and usage errors.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // The operator's log: levels and metadata without a format of our own.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // fx-runner's services: spawning with another user, process group and environment. Its trait would bring Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        // The types of its paths and descriptors.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // C libraries and system calls, each behind a fence of its own.
        .systemLibrary(name: "CFastCGI", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]),
        // Point reads take 5 µs here against 15 µs and more through GRDB's pool.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        // The settings file. libyaml tells line and column of every key; Yams would bring Foundation's 60 MB of ICU.
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        // Zstandard, for sealed segments of the spool where the settings say so.
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        // What Swift's Glibc module leaves out: epoll, accept4, signalfd, names of threads.
        .target(name: "CLinux"),
        // CRC-32C by the processor's own instruction where it has one.
        .target(name: "CChecksum"),

        // Values that cross the border between transport and product.
        .target(name: "HTTPMessage", swiftSettings: settings),
        // Threads, and values they wait on.
        .target(name: "Threading", dependencies: ["CLinux"], swiftSettings: settings),
        // What a process and systemd tell each other.
        .target(name: "Supervision", dependencies: ["CLinux", "Threading"], swiftSettings: settings),
        .target(
            name: "FastCGI", dependencies: ["CFastCGI", "CLinux", "HTTPMessage", "Threading"], swiftSettings: settings),
        // What /metrics tells: counters that cost a request some nanoseconds, and gauges that are looked up.
        .target(name: "Metrics", dependencies: ["Threading"], swiftSettings: settings),
        .target(name: "JSONText", swiftSettings: settings),
        // The operator's log: one format for requests and messages, written by a thread of its own.
        .target(
            name: "OperatorLog",
            dependencies: ["Events", "Threading", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings),
        .target(name: "Events", dependencies: ["JSONText"], swiftSettings: settings),
        .target(
            name: "Authentication",
            dependencies: ["HTTPMessage", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .target(name: "Compression", dependencies: ["CZstd"], swiftSettings: settings),
        .target(name: "DurableIO", dependencies: ["CChecksum", "CLinux"], swiftSettings: settings),
        .target(
            name: "Credentials", dependencies: ["Authentication", "DurableIO", "Threading"], swiftSettings: settings),
        .target(
            name: "Spool",
            dependencies: [
                "Compression", "DurableIO", "JSONText", "Threading", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        .target(
            name: "Idempotency",
            dependencies: [
                "DurableIO", "Events", "Spool", "Threading", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        // What fxctl asks of a bridge, running or not.
        .target(name: "Errands", dependencies: ["DurableIO", "JSONText"], swiftSettings: settings),
        .target(
            name: "Quarantine", dependencies: ["DurableIO", "Errands", "Events", "HTTPMessage", "JSONText"],
            swiftSettings: settings),
        .target(
            name: "StatusIndex",
            dependencies: ["CSQLite", "DurableIO", "Events", "JSONText", "Spool", "Threading"],
            swiftSettings: settings),
        .target(name: "Settings", dependencies: ["CYAML"], swiftSettings: settings),
        .target(
            name: "Bridge",
            dependencies: [
                "Authentication", "Credentials", "DurableIO", "Errands", "Events", "HTTPMessage", "Idempotency",
                "JSONText", "Metrics", "OperatorLog", "Quarantine", "Spool", "StatusIndex", "Threading",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(
            name: "Runner",
            dependencies: [
                "Authentication", "CLinux", "DurableIO", "Events", "JSONText", "Settings", "Spool", "Threading",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),

        .executableTarget(
            name: "fx-bridge",
            dependencies: [
                "Authentication", "Bridge", "CLinux", "Credentials", "DurableIO", "Errands", "Events", "FastCGI",
                "Idempotency",
                "Metrics", "OperatorLog", "Quarantine", "Settings", "Spool", "StatusIndex", "Supervision",
                "Threading",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings,
            linkerSettings: executableLinking),
        .executableTarget(
            name: "fxctl",
            dependencies: [
                "Authentication", "CLinux", "Credentials", "DurableIO", "Errands", "Events", "HTTPMessage", "JSONText",
                "Quarantine", "Settings", "Spool", "StatusIndex",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings,
            linkerSettings: executableLinking),
        .executableTarget(
            name: "fx-runner",
            dependencies: [
                "CLinux", "DurableIO", "OperatorLog", "Runner", "Settings", "Spool", "Supervision", "Threading",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings,
            linkerSettings: executableLinking),

        .testTarget(
            name: "SupervisionTests", dependencies: ["Supervision", "Threading"], swiftSettings: testSettings),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics", "Threading"], swiftSettings: testSettings),
        // Large spools and single pieces for deploy/bench; not installed.
        .executableTarget(
            name: "fx-bench",
            dependencies: [
                "Authentication", "DurableIO", "Events", "HTTPMessage", "Idempotency", "JSONText", "OperatorLog",
                "Spool", "StatusIndex",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings,
            linkerSettings: executableLinking),

        .testTarget(
            name: "OperatorLogTests",
            dependencies: ["OperatorLog", "Threading", .product(name: "Logging", package: "swift-log")],
            swiftSettings: testSettings),
        .testTarget(name: "DurableIOTests", dependencies: ["CChecksum", "DurableIO"], swiftSettings: testSettings),
        .testTarget(
            name: "SpoolTests", dependencies: ["DurableIO", "Spool", "Threading"], exclude: ["Golden"],
            swiftSettings: testSettings),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONText"], swiftSettings: testSettings),
        .testTarget(name: "EventsTests", dependencies: ["Events", "JSONText"], swiftSettings: testSettings),
        .testTarget(
            name: "AuthenticationTests",
            dependencies: ["Authentication", "HTTPMessage", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: testSettings),
        .testTarget(
            name: "SettingsTests", dependencies: ["Settings"], swiftSettings: testSettings),
        .testTarget(
            name: "CredentialsTests",
            // fxctl: the tests run it.
            dependencies: ["Authentication", "Credentials", "DurableIO", "Spool", "StatusIndex", "fxctl"],
            swiftSettings: testSettings),
        .testTarget(
            name: "StatusIndexTests",
            dependencies: ["DurableIO", "Events", "JSONText", "Spool", "StatusIndex", "Threading"],
            swiftSettings: testSettings),
        .testTarget(name: "ErrandsTests", dependencies: ["DurableIO", "Errands"], swiftSettings: testSettings),
        .testTarget(
            name: "QuarantineTests", dependencies: ["DurableIO", "Events", "Quarantine"], swiftSettings: testSettings),
        .testTarget(
            name: "IdempotencyTests",
            dependencies: ["DurableIO", "Events", "Idempotency", "JSONText", "Spool", "Threading"],
            swiftSettings: testSettings),
        .testTarget(
            name: "BridgeTests",
            dependencies: [
                "Quarantine",
                "Authentication", "Bridge", "Credentials", "DurableIO", "Errands", "Events", "HTTPMessage",
                "Idempotency",
                "JSONText", "Metrics", "OperatorLog", "Spool", "StatusIndex", "Threading",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: testSettings),
        // The product as senders and operators meet it: behind real nginx, from outside the process.
        .testTarget(
            name: "ContractTests",
            dependencies: ["fx-bridge", "fxctl", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: testSettings),
        .testTarget(
            name: "RunnerTests",
            // fx-runner: the tests run it, and kill it.
            dependencies: [
                "DurableIO", "Events", "JSONText", "Runner", "Settings", "Spool", "Threading", "fx-runner",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "FastCGITests", dependencies: ["FastCGI", "HTTPMessage", "Threading"], swiftSettings: testSettings),
    ]
)

// deploy/fuzz names libFuzzer's library here. Then every target tells libFuzzer what an input reaches in it, and fx-fuzz
// is there, which throws inputs at the parsers.
if let library = Context.environment["FX_FUZZ"] {
    for target in package.targets where target.type == .regular {
        target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer"]))
    }
    package.targets.append(
        .executableTarget(
            name: "fx-fuzz",
            dependencies: ["Authentication", "Bridge", "Events", "FastCGI", "HTTPMessage", "JSONText", "Spool"],
            swiftSettings: settings + [.unsafeFlags(["-sanitize=fuzzer"])],
            linkerSettings: [.unsafeFlags([library, "-lstdc++", "-lm"])]))
}
