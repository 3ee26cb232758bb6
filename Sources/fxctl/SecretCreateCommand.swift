import ArgumentParser
import Authentication
import Credentials

extension SecretCommand {
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

        @OptionGroup var given: SecretOption

        func run() throws {
            guard let provider = WebhookProvider(rawValue: provider) else {
                throw ValidationError("--provider \(provider) is not supported; there is \(SecretCommand.providers)")
            }
            let now = CommonOptions.nowSeconds
            let request = try credential.request(scopes: scope, nowSeconds: now)
            let settings = try webhook.settings(provider: provider)
            let store = try common.credentialStore()
            let given = try given.read()
            var randomness = systemRandomness
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
            if shown != nil, listing.isSecretMadeByProvider {
                lines.append(
                    "\(listing.provider ?? "") makes its secrets itself: register the URL there, then put in the secret you "
                        + "are given with: fxctl secret rotate \(id) --overlap 0s --secret -")
            }
            if listing.isTriedOnBareURL == true {
                lines.append("Let the provider send to \(path), or to /fx/events/webhook.")
            } else if listing.provider != WebhookProvider.github.rawValue {
                lines.append("Let the provider send to \(path).")
            } else {
                lines.append(
                    "Let the provider send to \(path). It works at this path only: /fx/events/webhook tries the "
                        + "\(KeyRing.bareSecretsLimit) oldest secrets of github keys.")
            }
            return lines.joined(separator: "\n")
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
}
