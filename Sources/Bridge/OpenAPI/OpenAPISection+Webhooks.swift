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
              }
            },
            "/fx/events/webhook/{key_id}": {
              "post": {
                "operationId": "createWebhookEventOfKey",
                "tags": ["events"],
                "summary": "Submits a new generic event from a webhook that signs with the secret key of this id.",
                "description": "Scope events:write.",
                "parameters": [
                  { "name": "key_id", "in": "path", "required": true, "description": "The id of the secret key.", "schema": { "type": "string" }, "example": "k4f7q2" },
                  \#(eventParameters)
                ],
                "requestBody": { "$ref": "#/components/requestBodies/GenericEventRequest" },
                "responses": {
                  "404": { "$ref": "#/components/responses/NotFound" },
                  \#(eventAnswers)
                }
              }
            }
            """#)
}
