import ArgumentParser
import Authentication
import Credentials
import DurableIO
import Events
import FoundationEssentials
import Quarantine
import Settings
import Spool

/// `fxctl quarantine`: looks at requests whose signature failed, and has them taken after all.
struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Looks at webhooks whose signature failed, and releases them once the secret is mended.",
        subcommands: [List.self, Show.self, Verify.self, Release.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: quarantine list, show, verify or release")
    }

    fileprivate static func directory(_ settings: BridgeSettings) -> QuarantineDirectory {
        QuarantineDirectory(root: SpoolLayout(root: settings.spool.directory).refused)
    }
}

/// Which requests a command is about: some by their ids, or all of a key.
struct KeptRequestChoice: ParsableArguments {
    @Argument(help: ArgumentHelp("The requests, as `fxctl quarantine list` shows them.", valueName: "id"))
    var ids: [String] = []

    @Option(help: ArgumentHelp("All that are kept of this secret key.", valueName: "id"))
    var key: String?

    func names(in directory: QuarantineDirectory) throws -> [QuarantineDirectory.Name] {
        guard ids.isEmpty != (key == nil) else { throw ValidationError("name some requests, or one --key") }
        if let key { return try directory.names(.request, ofKey: key) }
        return try ids.map { (id) throws(QuarantineError) in try directory.find(id: id) }
    }
}

extension QuarantineCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what is kept, the oldest of each key first.")

        @OptionGroup var common: CommonOptions

        @Option(help: ArgumentHelp("Only what came to this secret key.", valueName: "id"))
        var key: String?

        func run() throws {
            let directory = QuarantineCommand.directory(try common.settings())
            let names =
                try key.map { (key) throws(QuarantineError) in try directory.names(.request, ofKey: key) }
                ?? directory.names(.request)
            let wanted = Set(try directory.wantedReleases())
            var requests: [KeptRequestListing] = []
            for name in names {
                // One that is evicted meanwhile, or torn by a crash, is no reason to show nothing.
                guard let kept = try? directory.read(name, isHeadOnly: true) else { continue }
                let outcome = try directory.outcome(name, .refused)
                requests.append(KeptRequestListing(kept, isWanted: wanted.contains(name), refusal: outcome))
            }
            var rows = [["ID", "KEY", "RECEIVED", "REASON", "FROM", "STATE"]]
            for request in requests {
                rows.append([request.id, request.key, request.received, request.reason, request.remote, request.state])
            }
            try common.answer(
                requests, orText: requests.isEmpty ? "Nothing is kept." : TextTable.text(rows))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows one request.")

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp("The request, as `fxctl quarantine list` shows it.", valueName: "id"))
        var id: String

        @Flag(help: "Write the body alone, byte for byte.")
        var body = false

        func run() throws {
            let directory = QuarantineCommand.directory(try common.settings())
            let kept = try directory.read(directory.find(id: id))
            if body {
                guard StandardStreams.write(kept.body, to: .output) else { throw CommandError.outputLost }
                return
            }
            let listing = KeptRequestListing(kept, isWanted: false, refusal: nil)
            var lines = [
                "id: \(kept.id)", "key: \(kept.keyID)", "tenant: \(kept.tenant)", "received: \(kept.received.text)",
                "from: \(kept.remoteAddress)", "request: \(kept.requestID)", "reason: \(kept.reason)",
                "  \(kept.sentence)", "Content-Type: \(kept.contentType)",
            ]
            lines += kept.fields.map { field in
                // The one field that holds a secret itself, perhaps another key's.
                "\(field.name): \(field.name == "X_GITLAB_TOKEN" ? "***" : field.value)"
            }
            lines += ["", String(decoding: kept.body, as: UTF8.self)]
            try common.answer(listing, orText: lines.joined(separator: "\n"))
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tries signatures again with the secrets of now; changes nothing.",
            discussion: "Exit status 1 if one of them could not be released.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var choice: KeptRequestChoice

        func run() throws {
            let settings = try common.settings()
            let directory = QuarantineCommand.directory(settings)
            let keyRing = try CredentialStore(path: settings.credentials.file).contents().keyRing
            var verdicts: [KeptRequestVerdict] = []
            for name in try choice.names(in: directory) {
                verdicts.append(KeptRequestVerdict(try directory.read(name), keyRing, CommonOptions.nowSeconds))
            }
            let text = verdicts.map { "\($0.id)  \($0.releasable ? "releasable" : $0.reason): \($0.sentence)" }
            try common.answer(verdicts, orText: text.isEmpty ? "Nothing is kept." : text.joined(separator: "\n"))
            guard verdicts.allSatisfy(\.releasable) else { throw CommandError.signatureRefused }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has requests taken as events, whose signatures are good by the secrets of now.",
            discussion: """
                The bridge does it, and this command waits for it; a bridge that does not run does it when it starts. Each
                request makes one event at most, however often it is asked for: fxreleased names it, and one that was
                delivered again meanwhile makes none. Exit status 1 if one was not released.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var choice: KeptRequestChoice

        @Option(help: ArgumentHelp("How long to wait for the bridge.", valueName: "seconds"))
        var wait = 10

        func run() throws {
            let settings = try common.settings()
            let directory = QuarantineCommand.directory(settings)
            let keyRing = try CredentialStore(path: settings.credentials.file).contents().keyRing
            var results: [ReleaseResult] = []
            var wanted: [QuarantineDirectory.Name] = []
            for name in try choice.names(in: directory) {
                let verdict = KeptRequestVerdict(try directory.read(name), keyRing, CommonOptions.nowSeconds)
                if verdict.releasable {
                    try directory.askForRelease(of: name)
                    wanted.append(name)
                } else {
                    results.append(ReleaseResult(id: name.id, state: .refused, detail: verdict.sentence))
                }
            }
            results += try outcomes(of: wanted, in: directory)
            let text = results.map { result in
                "\(result.id)  \(result.state.rawValue)\(result.detail.isEmpty ? "" : ": \(result.detail)")"
            }
            try common.answer(results, orText: text.isEmpty ? "Nothing is kept." : text.joined(separator: "\n"))
            guard results.allSatisfy({ $0.state != .refused }) else { throw CommandError.signatureRefused }
        }

        /// Waits until the bridge has said what became of each, or the time is up.
        private func outcomes(
            of wanted: [QuarantineDirectory.Name], in directory: QuarantineDirectory
        ) throws -> [ReleaseResult] {
            let waiting = try directory.waitForReleases(of: wanted, seconds: wait)
            return try wanted.map { name in
                guard waiting.contains(name) else { return try result(of: name, in: directory) }
                return ReleaseResult(id: name.id, state: .waiting, detail: "the bridge has not done it yet")
            }
        }

        private func result(
            of name: QuarantineDirectory.Name, in directory: QuarantineDirectory
        ) throws -> ReleaseResult {
            if let outcome = try directory.outcome(name, .released) {
                return ReleaseResult(id: name.id, state: .released, detail: Self.text(outcome))
            }
            let outcome = try directory.outcome(name, .refused)
            return ReleaseResult(id: name.id, state: .refused, detail: outcome.map(Self.text) ?? "")
        }

        private static func text(_ outcome: [UInt8]) -> String {
            String(decoding: outcome.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
    }
}
