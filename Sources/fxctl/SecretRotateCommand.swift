import ArgumentParser
import Authentication
import Credentials
import Settings

extension SecretCommand {
    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Gives a secret key a new secret; the old one stays good for a while.")

        /// Longer than any provider keeps an old one, and short enough to notice a forgotten one.
        private static let overlapSecondsLimit: Int64 = 90 * 86_400

        @OptionGroup var common: CommonOptions
        @OptionGroup var given: SecretOption
        @Argument(help: "As `fxctl secret list` shows it.") var id: String

        @Option(help: "How long both secrets are good: 24h, 7d; 0s ends the old one at once.")
        var overlap: String

        @Flag(help: "Even if a secret is still good that an earlier rotation has replaced: that one ends now.")
        var force = false

        func run() throws {
            guard let seconds = DurationText.parse(overlap)?.components.seconds,
                (0...Self.overlapSecondsLimit).contains(seconds)
            else { throw ValidationError("--overlap takes a duration from 0s to 90d, such as 24h") }
            let now = CommonOptions.nowSeconds
            let store = try common.credentialStore()
            let given = try given.read()
            var randomness = systemRandomness
            let record = try store.rotateSecretKey(
                id, secret: given, overlapSeconds: seconds, isForced: force, nowSeconds: now, using: &randomness)
            let listing = CredentialListing(record, keyRing: try store.contents().keyRing, nowSeconds: now)
            let secret = record.secrets.last?.value.revealed
            try common.answer(
                Create.Answer(secret: secret, credential: listing),
                orText: text(listing, shown: given == nil ? secret : nil))
        }

        private func text(_ listing: CredentialListing, shown: String?) -> String {
            var lines: [String] = []
            if let shown {
                lines += [shown, "", "This is the new secret of key \(id). It will not be shown again."]
            } else {
                lines.append("Secret key \(id) has the new secret you gave.")
            }
            if let former = listing.secrets?.dropLast().last, let end = former.expires {
                lines.append(
                    former.status == "ended"
                        ? "The old one is good for nothing any more."
                        : "The old one is good until \(end); fxctl secret list shows when it was last used.")
            }
            if listing.provider == WebhookProvider.github.rawValue, listing.isTriedOnBareURL != true {
                lines.append(
                    "Until it ends, the new one is good at /fx/events/webhook/\(id) only: /fx/events/webhook tries the "
                        + "\(KeyRing.bareSecretsLimit) oldest secrets.")
            }
            return lines.joined(separator: "\n")
        }
    }

    struct Change: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Changes what is set for a secret key; what is not named stays as it is.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var webhook: WebhookOptions
        @Argument(help: "As `fxctl secret list` shows it.") var id: String

        func run() throws {
            let now = CommonOptions.nowSeconds
            let store = try common.credentialStore()
            let change = try webhook.change()
            let record = try store.changeSettings(ofSecretKey: id, nowSeconds: now) {
                record throws(WebhookSettingsError) in
                var document = WebhookSettingsDocument(record.settings)
                change(&document)
                return try document.settings(provider: record.provider)
            }
            let listing = CredentialListing(record, keyRing: try store.contents().keyRing, nowSeconds: now)
            try common.answer(listing, orText: "Secret key \(id) is set as you said.")
        }
    }
}
