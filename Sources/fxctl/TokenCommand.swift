import ArgumentParser
import Authentication
import Credentials

/// `fxctl token`: access tokens, sent as `X-API-KEY`.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Access tokens, which senders put into X-API-KEY.",
        subcommands: [Create.self, List.self, Revoke.self])

    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError("a command is missing: token create, token list or token revoke")
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Makes an access token and shows it, once.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var credential: CredentialOptions

        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp("What it may do: \(Scopes.allNames.joined(separator: ", ")).", valueName: "scope"))
        var scope: [String]

        func run() throws {
            let now = CommonOptions.nowSeconds
            let request = try credential.request(scopes: scope, nowSeconds: now)
            var randomness = systemRandomness
            let (token, record) = try common.credentialStore().createToken(
                request, nowSeconds: now, using: &randomness)
            let answer = Answer(
                token: token.text.revealed, credential: CredentialListing(record.credential, nowSeconds: now))
            try common.answer(
                answer,
                orText: """
                    \(answer.token)

                    This is the access token \(token.id) of tenant \(answer.credential.tenant). It will not be shown \
                    again: only its SHA-256 is kept. Senders put it into the header X-API-KEY.
                    """)
        }

        /// The members of the listing, and the token.
        struct Answer: Encodable {
            var token: String
            var credential: CredentialListing

            enum CodingKeys: CodingKey { case token }

            func encode(to encoder: any Encoder) throws {
                try credential.encode(to: encoder)
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(token, forKey: .token)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists access tokens; the tokens themselves are not kept.")

        @OptionGroup var common: CommonOptions

        func run() throws {
            let now = CommonOptions.nowSeconds
            let uses = try common.lastUses()
            let listings = try common.credentialStore().contents().tokens.map {
                CredentialListing($0.credential, uses: uses, nowSeconds: now)
            }
            try common.answer(
                ["tokens": listings],
                orText: listings.isEmpty ? "There are no tokens." : CredentialListing.table(listings))
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Ends an access token; the responder refuses it within a second.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "As `fxctl token list` shows it.") var id: String

        func run() throws {
            let record = try common.credentialStore().revokeToken(id, nowSeconds: CommonOptions.nowSeconds)
            try common.answer(
                RevocationAnswer(record.credential), orText: "Token \(id) (\(record.credential.name)) is revoked.")
        }
    }
}
