extension OpenAPISection {
    static let webhooks = OpenAPISection(
        paths: #"""
            "/fx/events/webhook": {
              "post": {
                "operationId": "createWebhookEvent",
                "tags": ["events"],
                "summary": "Submits a new generic event from a webhook.",
                "description": "Scope events:write. Takes GitHub's X-Hub-Signature-256 and tries the 8 oldest secrets of github keys; every key has a path of its own too, which is the only one for other providers.",
                "parameters": [\#(eventParameters)],
                "requestBody": { "$ref": "#/components/requestBodies/GenericEventRequest" },
                "responses": {
                  \#(eventAnswers)
                }
              },
              \#(handshake("Webhook"))
            },
            "/fx/events/webhook/{key_id}": {
              "post": {
                "operationId": "createWebhookEventOfKey",
                "tags": ["events"],
                "summary": "Submits a new generic event from a webhook that signs with the secret key of this id.",
                "description": "Scope events:write. The key's provider says how it signs and what its events are called; where a refusal would cost the hook, an event that is not taken is answered 202 with FX-Event-Dropped.",
                "parameters": [
                  \#(keyID)
                  \#(eventParameters)
                ],
                "requestBody": { "$ref": "#/components/requestBodies/WebhookRequest" },
                "responses": {
                  "200": {
                    "description": "To Slack only: its challenge, or nothing where a person would read it.",
                    "content": { "text/plain": { "schema": { "type": "string" }, "example": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" } }
                  },
                  "404": { "$ref": "#/components/responses/NotFound" },
                  \#(eventAnswers)
                }
              },
              \#(handshake("WebhookOfKey", parameters: keyID))
            }
            """#,
        requestBodies: #"""
            "WebhookRequest": {
              "required": true,
              "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/GenericEventRequest" }, "example": { "action": "opened", "issue": { "number": 1 } } },
                "application/x-www-form-urlencoded": {
                  "schema": { "type": "object", "description": "Of GitHub and Slack: JSON in payload, or Slack's command.", "properties": { "payload": { "type": "string" }, "command": { "type": "string" } } },
                  "example": { "payload": "{\"action\":\"opened\"}" }
                }
              }
            }
            """#)

    private static let keyID = #"""
        { "name": "key_id", "in": "path", "required": true, "description": "The id of the secret key.", "schema": { "type": "string" }, "example": "k4f7q2" },
        """#
}
