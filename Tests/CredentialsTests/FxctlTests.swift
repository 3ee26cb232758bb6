import Authentication
import FoundationEssentials
import Glibc
import Testing

@testable import Credentials

@Suite("fxctl")
struct FxctlTests {
    private let directory = TemporaryDirectory()
    private let isBuilt = access(FxctlRun.executable, X_OK) == 0

    init() throws {
        try #require(isBuilt, "\(FxctlRun.executable) is not there")
        writeFile(settings, "credentials:\n  file: credentials.json\n")
    }

    private var settings: String { directory.path + "/fx-bridge.yaml" }

    /// Runs with `--config` before the command.
    private func fxctl(_ arguments: String..., input: String = "", environment: [String] = []) -> FxctlRun {
        FxctlRun(["--config", settings] + arguments, in: directory, input: input, environment: environment)
    }

    /// The output as the one JSON object it has to be.
    private func object(_ run: FxctlRun) throws -> [String: Member] {
        #expect(run.status == 0, "\(run.errors)")
        return try JSONDecoder().decode([String: Member].self, from: Data(run.output.utf8))
    }

    /// As much of JSON as the answers have.
    private enum Member: Decodable, Equatable {
        case text(String)
        case flag(Bool)
        case texts([String])
        case objects([[String: Member]])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let texts = try? container.decode([String].self) {
                self = .texts(texts)
            } else {
                self = .objects(try container.decode([[String: Member]].self))
            }
        }

        var text: String? { if case .text(let text) = self { text } else { nil } }
        var objects: [[String: Member]]? {
            switch self {
            case .objects(let objects): objects
            // An empty array has elements of any type.
            case .texts(let texts) where texts.isEmpty: []
            default: nil
            }
        }
    }

    @Test("makes a token that the key ring lets in, lists it without showing it, and revokes it")
    func tokenLifecycle() throws {
        let made = try object(
            fxctl(
                "token", "create", "--tenant", "acme", "--name", "ci", "--scope", "events:write", "status:read",
                "--source", "/ci/*", "/cd/*", "--type", "build.*", "--expires", "90d", "--json"))
        let token = try #require(made["token"]?.text)
        let id = try #require(made["id"]?.text)
        #expect(made["scopes"] == .texts(["events:write", "status:read"]))
        #expect(made["sources"] == .texts(["/ci/*", "/cd/*"]))
        #expect(made["expires"]?.text?.hasSuffix("Z") == true)

        let presented = PresentedCredentials(apiKey: .single(Array(token.utf8)[...]))
        let now = Int64(time(nil))
        func authenticate(at moment: Int64) throws -> Principal {
            try CredentialStore(path: directory.credentials).contents().keyRing.authenticate(
                presented, signed: [], nowSeconds: moment)
        }
        try authenticate(at: now).allows(source: "/cd/x", type: "build.done")
        #expect(throws: AuthenticationError.self) { try authenticate(at: now + 91 * 86_400) }

        let listed = fxctl("token", "list", "--json")
        #expect(try object(listed)["tokens"]?.objects?.first?["id"] == .text(id))
        #expect(!listed.output.contains(token))
        let table = fxctl("token", "list")
        #expect(table.status == 0 && table.output.contains(id) && table.output.contains("TENANT"))
        #expect(!table.output.contains(token))

        #expect(try object(fxctl("token", "revoke", id, "--json"))["id"]?.text == id)
        #expect(throws: AuthenticationError.refused(.tokenRevoked, credentialID: id)) { try authenticate(at: now) }
    }

    @Test("shows a token once, and says so")
    func humanOutput() {
        let run = fxctl(
            "token", "create", "--tenant", "acme", "--name", "ci", "--scope", "events:write", "--scope", "status:read")
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("fxt_") && run.output.contains("not be shown again"))
        #expect(run.errors.isEmpty)
    }

    @Test("makes a secret key with its own path, by default for events and status")
    func secretLifecycle() throws {
        let made = try object(
            fxctl("--json", "secret", "create", "--tenant", "acme", "--name", "repo", "--provider", "github"))
        let id = try #require(made["id"]?.text)
        let secret = try #require(made["secret"]?.text)
        #expect(made["path"] == .text("/fx/events/webhook/\(id)"))
        #expect(made["provider"] == .text("github"))
        #expect(made["bare_url"] == .flag(true))
        #expect(made["scopes"] == .texts(["events:write", "status:read"]))
        #expect(secret.utf8.count == 64)
        for arguments in [["secret", "list"], ["secret", "list", "--json"]] {
            let run = FxctlRun(["--config", settings] + arguments, in: directory)
            #expect(run.status == 0 && run.output.contains(id) && !run.output.contains(secret))
        }
        #expect(fxctl("secret", "revoke", id).status == 0)
        #expect(try object(fxctl("secret", "list", "--json"))["secrets"]?.objects?.first?["status"] == .text("revoked"))
    }

    @Test(
        "takes a secret from standard input, less one newline at its end",
        arguments: [
            ("sixteen bytes ok\n", "sixteen bytes ok"), ("sixteen bytes ok", "sixteen bytes ok"),
            ("sixteen bytes ok\r\n", "sixteen bytes ok"), (" ends with spaces \n", " ends with spaces "),
        ])
    func givenSecret(input: String, secret: String) throws {
        let run = fxctl(
            "secret", "create", "--tenant", "acme", "--name", "repo", "--provider", "github", "--secret", "-", "--json",
            input: input)
        let made = try object(run)
        #expect(made["secret"] == .text(secret))
        let stored = try CredentialStore(path: directory.credentials).contents().secretKeys
        #expect(stored.map(\.credential.id) == [made["id"]?.text])
        #expect(stored.first?.secrets.map(\.value.revealed) == [secret])
    }

    @Test("does not show a person the secret that they gave")
    func givenSecretText() {
        let run = fxctl(
            "secret", "create", "--tenant", "acme", "--name", "repo", "--provider", "github", "--secret", "-",
            input: "sixteen bytes ok\n")
        #expect(run.status == 0 && !run.output.contains("sixteen bytes ok"))
    }

    @Test("refuses a bad secret with status 1 and one line that does not contain it")
    func badSecret() {
        for input in ["too short", "sixteen bytes ok\n\n", String(repeating: "long", count: 1000)] {
            let run = fxctl(
                "secret", "create", "--tenant", "acme", "--name", "repo", "--provider", "github", "--secret", "-",
                input: input)
            #expect(run.status == 1 && run.output.isEmpty)
            #expect(run.errors.hasPrefix("fxctl: ") && run.errors.split(separator: "\n").count == 1)
            #expect(!run.errors.contains(input.prefix(9)))
        }
        #expect(!directory.names.contains("credentials.json"))
    }

    @Test("takes no secret from the command line, and does not repeat it")
    func secretOnCommandLine() {
        let run = fxctl(
            "secret", "create", "--tenant", "acme", "--name", "repo", "--provider", "github", "--secret",
            "hunter2hunter2")
        #expect(run.status == 2 && run.output.isEmpty)
        #expect(run.errors.contains("never goes on a command line"))
        #expect(!run.errors.contains("hunter2"))
    }

    @Test("says of the ninth key that it works at its own path only")
    func ninthKey() throws {
        for number in 1...8 {
            let made = try object(
                fxctl("secret", "create", "--tenant", "t\(number)", "--name", "n", "--provider", "github", "--json"))
            #expect(made["bare_url"] == .flag(true))
        }
        let ninth = ["secret", "create", "--tenant", "acme", "--name", "n", "--provider", "github"]
        let run = FxctlRun(["--config", settings] + ninth, in: directory)
        #expect(run.status == 0 && run.output.contains("at this path only"))
        #expect(
            try object(FxctlRun(["--config", settings, "--json"] + ninth, in: directory))["bare_url"] == .flag(false))
        let keys = try #require(try object(fxctl("secret", "list", "--json"))["secrets"]?.objects)
        #expect(keys.map { $0["bare_url"] } == Array(repeating: .flag(true), count: 8) + [.flag(false), .flag(false)])

        // A revoked one makes room for the oldest of those that had none.
        let first = try #require(keys.first?["id"]?.text)
        #expect(fxctl("secret", "revoke", first).status == 0)
        let after = try #require(try object(fxctl("secret", "list", "--json"))["secrets"]?.objects)
        #expect(after[8]["bare_url"] == .flag(true) && after[9]["bare_url"] == .flag(false))
    }

    @Test("exits with 2 for wrong usage, and says in one line what is wrong")
    func usage() {
        let create = ["token", "create", "--tenant", "acme", "--name", "n", "--scope", "events:write"]
        let wrong: [([String], String)] = [
            ([], "command is missing"), (["token"], "command is missing"), (["secret"], "command is missing"),
            (["nonsense"], "nonsense"), (["token", "list", "--nope"], "--nope"), (["token", "revoke"], "<id>"),
            (["token", "create"], "--tenant"), (create + ["--expires", "tomorrow"], "90d"),
            (create + ["--expires", "2020-01-01T00:00:00Z"], "has passed"), (create + ["--scope", "all"], "all"),
            (create + ["--tenant", "ACME"], "no tenant"), (create + ["--source", ""], "no pattern"),
            (["secret", "create", "--tenant", "a", "--name", "n", "--provider", "gitea"], "there is github"),
        ]
        for (arguments, words) in wrong {
            let run = FxctlRun(["--config", settings, "--json"] + arguments, in: directory)
            #expect(run.status == 2, "\(arguments)")
            #expect(run.output.isEmpty, "\(arguments)")
            #expect(run.errors.hasPrefix("fxctl: ") && run.errors.contains(words), "\(run.errors)")
            #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        }
        #expect(!directory.names.contains("credentials.json"))
    }

    @Test("exits with 0 for help, and with 1 for what failed")
    func statuses() {
        for arguments in [["--help"], ["token", "--help"], ["secret", "create", "--help"], ["help"]] {
            let run = FxctlRun(arguments, in: directory)
            #expect(run.status == 0 && run.output.contains("USAGE: fxctl") && run.errors.isEmpty)
        }
        let failing: [([String], String)] = [
            (["--config", "/nowhere.yaml", "token", "list"], "/nowhere.yaml: No such file"),
            (["--config", settings, "token", "list"], "token create"),
            (["--config", settings, "token", "revoke", "aaaaaaaaaaaa"], "token create"),
        ]
        for (arguments, words) in failing {
            let run = FxctlRun(arguments, in: directory)
            #expect(run.status == 1 && run.output.isEmpty)
            #expect(run.errors.hasPrefix("fxctl: ") && run.errors.contains(words), "\(run.errors)")
        }
    }

    @Test("finds its settings by --config anywhere, or else by FX_CONFIG")
    func config() {
        let arguments = ["token", "create", "--tenant", "acme", "--name", "n", "--scope", "events:write"]
        let runs = [
            FxctlRun(["token", "--config=\(settings)"] + arguments.dropFirst(), in: directory),
            FxctlRun(arguments + ["--config", settings], in: directory),
            FxctlRun(arguments, in: directory, environment: ["FX_CONFIG=\(settings)"]),
            FxctlRun(arguments + ["--config", settings], in: directory, environment: ["FX_CONFIG=/nowhere"]),
        ]
        for run in runs { #expect(run.status == 0, "\(run.errors)") }
        let elsewhere = FxctlRun(
            ["token", "list", "--config", settings], in: directory,
            environment: ["FX_CREDENTIALS_FILE=\(directory.path)/other.json"])
        #expect(elsewhere.status == 1 && elsewhere.errors.contains("other.json does not exist"))
        let unknown = FxctlRun(["token", "list", "--config", settings], in: directory, environment: ["FX_NOPE=1"])
        #expect(unknown.status == 1 && unknown.errors.contains("FX_NOPE"))
    }

    @Test("in several processes at once loses no change")
    func processes() async throws {
        let settings = settings
        let directory = directory
        await withTaskGroup(of: Int32.self) { group in
            for number in 0..<12 {
                group.addTask {
                    FxctlRun(
                        [
                            "--config", settings, "token", "create", "--tenant", "t", "--name", "n\(number)", "--scope",
                            "events:write",
                        ], in: directory
                    ).status
                }
            }
            for await status in group { #expect(status == 0) }
        }
        let names = try CredentialStore(path: directory.credentials).contents().tokens.map(\.credential.name)
        #expect(Set(names).count == 12)
    }
}
