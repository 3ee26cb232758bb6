extension OpenAPISection {
    /// The refusals that operations share, with what each can look like.
    static let answers = OpenAPISection(
        headers: #"""
            "Location": { "description": "Where the event's executions can be asked for.", "schema": { "type": "string" }, "example": "/fx/cid/019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071" },
            "BodyDigest": { "description": "Evidence of the body that was received: sha-256=:<base64>:, as RFC 9530 writes it.", "schema": { "type": "string" }, "example": "sha-256=:c2wmXxWWPWEMETqGLEx2ZzlXFZD+pZPq1Nd9jNPbhYA=:" },
            "IdempotentReplayed": { "description": "Stands there where the event was made for an earlier request: this is that one's answer.", "schema": { "type": "string", "enum": ["true"] }, "example": "true" },
            "RetryAfter": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 0 }, "example": 2 },
            "Allow": { "description": "The methods that the path takes.", "schema": { "type": "string" }, "example": "OPTIONS, POST" },
            "WWWAuthenticate": { "description": "Names the schemes of X-API-KEY and of Authorization.", "schema": { "type": "string" }, "example": "ApiKey, Bearer" },
            "AcceptPost": { "description": "The media types that are taken.", "schema": { "type": "string" }, "example": "application/json" }
            """#,
        responses: [
            refusal(
                "BadRequest", "The request cannot be understood: what to change is in `detail`.",
                #"{ "type": "urn:fx-bridge:problem:malformed-json", "title": "The body is not valid JSON", "status": 400, "detail": "expected a value, found ']', at byte 3.", "offset": 3, "instance": "urn:fx-bridge:request:859b0da3705208b35fe5aaa61b274232" }"#
            ),
            refusal(
                "Unauthorized", "No credential, or a wrong one. It says no more, whatever was wrong.",
                #"{ "type": "urn:fx-bridge:problem:unauthorized", "title": "The request is not authenticated", "status": 401 }"#,
                headers: ##""WWW-Authenticate": { "$ref": "#/components/headers/WWWAuthenticate" }"##),
            refusal(
                "Forbidden", "The credential is good but does not allow this.",
                #"{ "type": "urn:fx-bridge:problem:scope-missing", "title": "The credential does not allow this", "status": 403, "detail": "The credential lacks the scope status:read." }"#
            ),
            refusal(
                "NotFound", "The credential's tenant has nothing under this name.",
                #"{ "type": "urn:fx-bridge:problem:unknown-cid", "title": "No event has this correlation id", "status": 404, "detail": "No event of this tenant was accepted under this cid." }"#
            ),
            refusal(
                "MethodNotAllowed", "The path does not take this method.",
                #"{ "type": "urn:fx-bridge:problem:method-not-allowed", "title": "The path does not take this method", "status": 405, "detail": "Allowed here: OPTIONS, POST." }"#,
                headers: ##""Allow": { "$ref": "#/components/headers/Allow" }"##),
            refusal(
                "RequestTimeout", "The request did not arrive in time.",
                #"{ "type": "urn:fx-bridge:problem:request-timeout", "title": "Request Timeout", "status": 408, "detail": "The request did not arrive in time. Send it again." }"#
            ),
            refusal(
                "InProgress", "Too many requests with this Idempotency-Key wait for the first one; nothing was stored.",
                #"{ "type": "urn:fx-bridge:problem:idempotency-in-progress", "title": "A request of this key is being stored", "status": 409 }"#,
                headers: retryAfter),
            refusal(
                "KeyReused", "The Idempotency-Key, or the delivery id, came before with another body.",
                #"{ "type": "urn:fx-bridge:problem:idempotency-key-reused", "title": "The key came before with another body", "status": 422 }"#
            ),
            refusal(
                "ContentTooLarge", "The body, or the event made of it, is too large.",
                #"{ "type": "urn:fx-bridge:problem:content-too-large", "title": "The body is too large", "status": 413, "detail": "At most 10485760 bytes are taken." }"#
            ),
            refusal(
                "UnsupportedMediaType", "The body is not JSON by its Content-Type.",
                #"{ "type": "urn:fx-bridge:problem:unsupported-media-type", "title": "The body's type is not supported", "status": 415, "detail": "Content-Type is missing; send application/json." }"#,
                headers: ##""Accept-Post": { "$ref": "#/components/headers/AcceptPost" }"##),
            refusal(
                "TooManyRequests", "The client sends more requests than its limit; nothing was stored.",
                #"{ "type": "urn:fx-bridge:problem:too-many-requests", "title": "Too Many Requests", "status": 429, "detail": "This client sends more requests than its limit. Wait as long as Retry-After says and send slower." }"#,
                headers: retryAfter),
            refusal(
                "BadGateway", "The bridge could not be reached, or broke off: an event may be on disk or not.",
                #"{ "type": "urn:fx-bridge:problem:bad-gateway", "title": "Bad Gateway", "status": 502 }"#,
                headers: retryAfter),
            refusal(
                "Unavailable", "Not now; nothing was stored.",
                #"{ "type": "urn:fx-bridge:problem:storage-full", "title": "There is no room for events now", "status": 503 }"#,
                headers: retryAfter),
            refusal(
                "GatewayTimeout", "The bridge did not answer in time: an event may be on disk or not.",
                #"{ "type": "urn:fx-bridge:problem:gateway-timeout", "title": "Gateway Timeout", "status": 504 }"#,
                headers: retryAfter),
            refusal(
                "Default", "Whatever else the server in front refuses: 400, 414, 501 or 505 for what is no good HTTP.",
                #"{ "type": "urn:fx-bridge:problem:uri-too-long", "title": "URI Too Long", "status": 414, "detail": "The request line is longer than 8 KiB." }"#
            ),
        ].joined(separator: ",\n"),
        schemas: #"""
            "Problem": {
              "type": "object",
              "description": "RFC 9457.",
              "required": ["type", "title", "status"],
              "properties": {
                "type": { "type": "string", "format": "uri", "description": "Stable: branch on this.", "examples": ["urn:fx-bridge:problem:malformed-json"] },
                "title": { "type": "string" },
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "detail": { "type": "string", "description": "What the sender can change." },
                "instance": { "type": "string", "description": "The id of the request in the operator's logs." },
                "offset": { "type": "integer", "minimum": 0, "description": "Byte of the body at which it went wrong." },
                "member": { "type": "string", "description": "The member or header that is wrong." },
                "index": { "type": "integer", "minimum": 0, "description": "Which element of an array is wrong, counted from 0." },
                "errors": {
                  "type": "array",
                  "maxItems": 16,
                  "description": "What is wrong with events of a batch.",
                  "items": { "type": "object", "required": ["index", "detail"], "properties": { "index": { "type": "integer" }, "detail": { "type": "string" }, "member": { "type": "string" } } }
                }
              }
            }
            """#)

    private static let retryAfter = ##""Retry-After": { "$ref": "#/components/headers/RetryAfter" }"##

    /// A response whose body is a problem.
    ///
    /// - Parameters:
    ///   - example: the body it can have.
    ///   - headers: members of the response's `headers`.
    static func refusal(_ name: String, _ description: String, _ example: String, headers: String = "") -> String {
        #"""
        "\#(name)": {
          "description": "\#(description)",
          "headers": {\#(headers)},
          "content": {
            "application/problem+json": {
              "schema": { "$ref": "#/components/schemas/Problem" },
              "example": \#(example)
            }
          }
        }
        """#
    }
}
