extension OpenAPISection {
    /// What every route that takes an event may answer.
    static let eventAnswers = #"""
        "202": { "$ref": "#/components/responses/Accepted" },
        "400": { "$ref": "#/components/responses/BadRequest" },
        "401": { "$ref": "#/components/responses/Unauthorized" },
        "403": { "$ref": "#/components/responses/Forbidden" },
        "408": { "$ref": "#/components/responses/RequestTimeout" },
        "409": { "$ref": "#/components/responses/InProgress" },
        "413": { "$ref": "#/components/responses/ContentTooLarge" },
        "415": { "$ref": "#/components/responses/UnsupportedMediaType" },
        "422": { "$ref": "#/components/responses/KeyReused" },
        "503": { "$ref": "#/components/responses/Unavailable" },
        \#(anyAnswers)
        """#

    /// Header fields that every route that takes an event reads.
    static let eventParameters = #"""
        { "$ref": "#/components/parameters/CorrelationID" }, { "$ref": "#/components/parameters/IdempotencyKey" }
        """#

    static let events = OpenAPISection(
        paths: #"""
            "/fx/events": {
              "post": {
                "operationId": "createEvent",
                "tags": ["events"],
                "summary": "Submits a new event to be processed by the FX platform.",
                "description": "Scope events:write. The answer comes once the event is on disk.",
                "parameters": [\#(eventParameters)],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": { "$ref": "#/components/schemas/EventRequest" },
                      "example": { "event_source": "/shop/eu", "event_type": "com.example.order.paid", "payload": { "order": 4711 } }
                    }
                  }
                },
                "responses": {
                  \#(eventAnswers)
                }
              }
            },
            "/fx/events/generic": {
              "post": {
                "operationId": "createGenericEvent",
                "tags": ["events"],
                "summary": "Submits a new generic event to be processed.",
                "description": "Scope events:write. Any JSON value; its type is fx.events.generic.incoming unless the operator names another.",
                "parameters": [\#(eventParameters)],
                "requestBody": { "$ref": "#/components/requestBodies/GenericEventRequest" },
                "responses": {
                  \#(eventAnswers)
                }
              }
            }
            """#,
        parameters: #"""
            "CorrelationID": {
              "name": "X-Correlation-ID",
              "in": "header",
              "description": "The cid to use instead of a new one; several events may share one.",
              "schema": { "$ref": "#/components/schemas/CorrelationID" },
              "example": "nightly-42"
            },
            "IdempotencyKey": {
              "name": "Idempotency-Key",
              "in": "header",
              "description": "Names the request: sent again under the same key it gets the first answer and makes no second event. A quoted string, or the same bare, of at most 255 characters. Without it a provider's delivery id does the same, and a CloudEvent's source and id. A key belongs to one credential and lasts 72 hours, unless the operator says otherwise.",
              "schema": { "type": "string", "minLength": 1, "maxLength": 512 },
              "example": "\"8e03978e-40d5-43dd-bc93-6894a57f9324\""
            }
            """#,
        requestBodies: #"""
            "GenericEventRequest": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/GenericEventRequest" }, "example": { "anything": ["you", "like"] } } }
            }
            """#,
        responses: #"""
            "Accepted": {
              "description": "The event is on disk.",
              "headers": {
                "Location": { "$ref": "#/components/headers/Location" },
                "FX-Body-Digest": { "$ref": "#/components/headers/BodyDigest" },
                "Idempotent-Replayed": { "$ref": "#/components/headers/IdempotentReplayed" }
              },
              "content": {
                "application/json": {
                  "schema": { "$ref": "#/components/schemas/CreateEventResponse" },
                  "example": { "cid": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "eventType": "com.example.order.paid" }
                }
              }
            }
            """#,
        schemas: #"""
            "CorrelationID": { "type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$", "examples": ["019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"] },
            "EventRequest": {
              "type": "object",
              "required": ["event_source", "event_type", "payload"],
              "properties": {
                "event_source": { "type": "string", "minLength": 1, "description": "Source of the event, at most 1024 bytes; what is no URI-reference is percent-encoded." },
                "event_type": { "type": "string", "minLength": 1, "description": "Type of the event, at most 255 bytes." },
                "payload": { "description": "Event data: any JSON value." }
              }
            },
            "GenericEventRequest": { "description": "Any JSON value." },
            "CreateEventResponse": {
              "type": "object",
              "required": ["cid", "eventType"],
              "properties": { "cid": { "$ref": "#/components/schemas/CorrelationID" }, "eventType": { "type": "string" } }
            }
            """#)
}
