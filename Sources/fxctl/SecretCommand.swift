import ArgumentParser
import Authentication
import Credentials

/// `fxctl secret`: secret keys, with which webhook providers sign.
struct SecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Secret keys, with which webhook providers sign what they send.",
        subcommands: [Create.self, List.self, Rotate.self, Change.self, Revoke.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: secret create, list, rotate, set or revoke")
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists secret keys without their secrets.")

        @OptionGroup var common: CommonOptions

        func run() throws {
            let now = CommonOptions.nowSeconds
            let contents = try common.credentialStore().contents()
            let keyRing = contents.keyRing
            let uses = try common.lastUses()
            let listings = contents.secretKeys.map {
                CredentialListing($0, keyRing: keyRing, uses: uses, nowSeconds: now)
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

    static let providers = WebhookProvider.allCases.map(\.rawValue).joined(separator: ", ")
}
