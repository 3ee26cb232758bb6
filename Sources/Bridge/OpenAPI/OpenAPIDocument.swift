/// The OpenAPI 3.1 document of the public routes, put together once from its sections and served as it stands then.
enum OpenAPIDocument {
    static let bytes = Array(text.utf8)

    /// What the document is made of; one line for each, so that those who add one do not meet.
    private static let sections: [OpenAPISection] = [
        .events,
        .webhooks,
        .status,
        .reports,
        .document,
        .answers,
    ]

    private static var text: String {
        let components = OpenAPISection.componentKinds.compactMap { kind, members in
            let text = joined(members)
            return text.isEmpty ? nil : "\"\(kind)\": {\n\(indented(text, by: 2))\n}"
        }
        return #"""
            {
              "openapi": "3.1.0",
              "info": {
                "title": "FX Event Bridge API",
                "version": "1.0.0",
                "description": "Receives events from outside the cluster, makes them durable as CloudEvents and tells what became of the executions they triggered.",
                "license": { "name": "Proprietary" }
              },
              "servers": [{ "url": "/", "description": "This server." }],
              "security": [{ "ApiKeyAuth": [] }, { "BearerAuth": [] }, { "SecretKeyAuth": [] }],
              "tags": [
                { "name": "events", "description": "Send events." },
                { "name": "status", "description": "Ask what became of them, or report it." },
                { "name": "document", "description": "This document." }
              ],
              "paths": {
            \#(indented(joined(\.paths), by: 4))
              },
              "components": {
                "securitySchemes": {
                  "ApiKeyAuth": { "type": "apiKey", "in": "header", "name": "X-API-KEY", "description": "An access token: fxt_…" },
                  "BearerAuth": { "type": "http", "scheme": "bearer", "description": "The same token behind Authorization: Bearer." },
                  "SecretKeyAuth": { "type": "apiKey", "in": "header", "name": "X-Hub-Signature-256", "description": "sha256= and the hexadecimal HMAC-SHA256, by a secret key, of the body as it is sent; for a GET, of the path without its query." }
                },
            \#(indented(components.joined(separator: ",\n"), by: 4))
              }
            }

            """#
    }

    private static func joined(_ members: KeyPath<OpenAPISection, String>) -> String {
        sections.map { $0[keyPath: members] }.filter { !$0.isEmpty }.joined(separator: ",\n")
    }

    private static func indented(_ text: String, by spaces: Int) -> String {
        let margin = String(repeating: " ", count: spaces)
        return text.split(separator: "\n").map { margin + $0 }.joined(separator: "\n")
    }
}
