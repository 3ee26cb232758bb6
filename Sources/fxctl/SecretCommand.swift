import ArgumentParser
import Authentication
import Credentials

/// `fxctl secret`: secret keys, with which webhook providers sign.
struct SecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Secret keys, with which webhook providers sign what they send.",
        subcommands: [Create.self, List.self, Revoke.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: secret create, secret list or secret revoke")
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Makes a secret key and shows its secret, once.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var credential: CredentialOptions
        @OptionGroup var webhook: WebhookOptions

        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp("What it may do: \(Scopes.allNames.joined(separator: ", ")).", valueName: "scope"))
        var scope: [String] = ["events:write", "status:read"]

        @Option(help: "Who signs, and thereby how: \(SecretCommand.providers).")
        var provider: String

        @Option(help: "Only \"-\": read the secret from standard input instead of making one.")
        var secret: String?

        func run() throws {
            guard let provider = WebhookProvider(rawValue: provider) else {
                throw ValidationError("--provider \(provider) is not supported; there is \(SecretCommand.providers)")
            }
            let now = CommonOptions.nowSeconds
            let request = try credential.request(scopes: scope, nowSeconds: now)
            let settings = try webhook.settings(provider: provider)
            let store = try common.credentialStore()
            let given = try givenSecret()
            var randomness = SystemRandomNumberGenerator()
            let record = try store.createSecretKey(
                request, provider: provider, settings: settings, secret: given, nowSeconds: now, using: &randomness)
            let listing = CredentialListing(record, keyRing: try store.contents().keyRing, nowSeconds: now)
            // What the operator gave is known to them; showing it again would only spread it.
            let secret = record.secrets.first?.value.revealed
            // The document is for a program, which wants one shape; a person knows what they typed.
            let shown = given == nil ? secret : nil
            try common.answer(Answer(secret: secret, credential: listing), orText: text(listing, shown: shown))
        }

        private func text(_ listing: CredentialListing, shown: String?) -> String {
            let id = listing.id
            var lines: [String] = []
            if let shown {
                lines += [shown, ""]
                lines.append("This is the secret of key \(id) of tenant \(listing.tenant). It will not be shown again.")
            } else {
                lines.append("Secret key \(id) of tenant \(listing.tenant) has the secret you gave.")
            }
            let path = "/fx/events/webhook/\(id)"
            if listing.isTriedOnBareURL == true {
                lines.append("Let the provider send to \(path), or to /fx/events/webhook.")
            } else {
                lines.append(
                    "Let the provider send to \(path). It works at this path only: /fx/events/webhook tries the "
                        + "\(KeyRing.bareSecretsLimit) oldest secrets of github keys.")
            }
            return lines.joined(separator: "\n")
        }

        /// The secret on standard input, one newline at its end taken off; nil if one shall be made.
        private func givenSecret() throws -> Secret? {
            guard let secret else { return nil }
            guard secret == "-" else {
                throw ValidationError(
                    "a secret never goes on a command line, where other users and the shell's history see it; "
                        + "write --secret - and give it on standard input")
            }
            let limit = CredentialStore.secretBytes.upperBound
            guard var bytes = StandardStreams.readInput(bytesLimit: limit + 2) else { throw CommandError.inputUnusable }
            if bytes.last == UInt8(ascii: "\n") {
                bytes.removeLast()
                if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError.inputUnusable }
            return Secret(text)
        }

        /// The members of the listing, and the secret.
        struct Answer: Encodable {
            var secret: String?
            var credential: CredentialListing

            enum CodingKeys: CodingKey { case secret }

            func encode(to encoder: any Encoder) throws {
                try credential.encode(to: encoder)
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encodeIfPresent(secret, forKey: .secret)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists secret keys without their secrets.")

        @OptionGroup var common: CommonOptions

        func run() throws {
            let now = CommonOptions.nowSeconds
            let contents = try common.credentialStore().contents()
            let keyRing = contents.keyRing
            let listings = contents.secretKeys.map {
                CredentialListing($0, keyRing: keyRing, nowSeconds: now)
            }
            try common.answer(
                ["secrets": listings],
                orText: listings.isEmpty ? "There are no secret keys." : CredentialListing.table(listings))
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Ends a secret key and forgets its secrets; the responder refuses it within a second.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "As `fxctl secret list` shows it.") var id: String

        func run() throws {
            let record = try common.credentialStore().revokeSecretKey(id, nowSeconds: CommonOptions.nowSeconds)
            try common.answer(
                RevocationAnswer(record.credential),
                orText: "Secret key \(id) (\(record.credential.name)) is revoked.")
        }
    }

    private static let providers = WebhookProvider.allCases.map(\.rawValue).joined(separator: ", ")
}
