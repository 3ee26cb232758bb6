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
        { "$ref": "#/components/parameters/CorrelationID" }, { "$ref": "#/components/parameters/IdempotencyKey" },
        { "$ref": "#/components/parameters/TraceParent" }, { "$ref": "#/components/parameters/TraceState" }
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
              },
              \#(handshake("Events"))
            },
            "/fx/events/generic": {
              "post": {
                "operationId": "createGenericEvent",
                "tags": ["events"],
                "summary": "Submits a new generic event to be processed.",
                "description": "Scope events:write. Any JSON value; its type is fx.events.generic.incoming unless the operator names another. CloudEvents 1.0 in each mode of their HTTP binding: structured, in batches, and, where a ce- header is there, binary with a body of any type.",
                "parameters": [
                  \#(cloudEventParameters),
                  \#(eventParameters)
                ],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/GenericEventRequest" }, "example": { "anything": ["you", "like"] } },
                    "application/cloudevents+json": {
                      "schema": { "$ref": "#/components/schemas/CloudEvent" },
                      "example": { "specversion": "1.0", "id": "1", "source": "/shop/eu", "type": "com.example.order.paid", "data": { "order": 4711 } }
                    },
                    "application/cloudevents-batch+json": {
                      "schema": { "type": "array", "maxItems": 1000, "items": { "$ref": "#/components/schemas/CloudEvent" } },
                      "example": [
                        { "specversion": "1.0", "id": "1", "source": "/shop/eu", "type": "com.example.order.paid", "data": { "order": 4711 } },
                        { "specversion": "1.0", "id": "2", "source": "/shop/eu", "type": "com.example.order.sent", "data_base64": "AMO/Pj8=" }
                      ]
                    },
                    "*/*": { "schema": { "description": "With ce- headers only: the data of the event." }, "example": "%PDF-1.7" }
                  }
                },
                "responses": {
                  \#(eventAnswers)
                }
              },
              \#(handshake("GenericEvents"))
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
              "schema": { "type": "string", "pattern": "^(\"([ !#-\\[\\]-~]|\\\\[\"\\\\]){1,255}\"|[!#-+\\--~]{1,255})$" },
              "example": "\"8e03978e-40d5-43dd-bc93-6894a57f9324\""
            },
            "TraceParent": {
              "name": "traceparent",
              "in": "header",
              "description": "W3C Trace Context; carried as an attribute of the event. One that is not valid is ignored.",
              "schema": { "type": "string" },
              "example": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            },
            "TraceState": {
              "name": "tracestate",
              "in": "header",
              "description": "W3C Trace Context; only beside a valid traceparent, and ignored where it is longer than 1024 bytes.",
              "schema": { "type": "string" },
              "example": "rojo=00f067aa0ba902b7"
            }
            """#,
        headers: #"""
            "WebHookAllowedOrigin": { "description": "The sender that asked may deliver. Absent where it may not, or has not asked.", "schema": { "type": "string" }, "example": "eventgrid.azure.net" },
            "EventDropped": { "description": "From a provider's key only: why the event was not taken. Nothing is on disk then, and the answer has no cid.", "schema": { "type": "string" }, "example": "type-not-allowed" },
            "WebHookAllowedRate": { "description": "Requests per minute, or *.", "schema": { "type": "string" }, "example": "30000" }
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
                "Idempotent-Replayed": { "$ref": "#/components/headers/IdempotentReplayed" },
                "FX-Event-Dropped": { "$ref": "#/components/headers/EventDropped" }
              },
              "content": {
                "application/json": {
                  "schema": { "anyOf": [{ "$ref": "#/components/schemas/CreateEventResponse" }, { "$ref": "#/components/schemas/CreateBatchResponse" }] },
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
            },
            "CreateBatchResponse": {
              "type": "object",
              "description": "Of a batch of CloudEvents, in the order they were sent; cid is the first one's.",
              "required": ["events"],
              "properties": {
                "cid": { "$ref": "#/components/schemas/CorrelationID" },
                "events": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["id", "cid", "eventType"],
                    "properties": { "id": { "type": "string" }, "cid": { "$ref": "#/components/schemas/CorrelationID" }, "eventType": { "type": "string" } }
                  }
                }
              }
            },
            "CloudEvent": {
              "type": "object",
              "description": "CloudEvents 1.0.2 in JSON. Extensions are kept; fxtenant, authid, sequence, crc32c, recordedtime, fxbatchrest, fxclaim, fxreleased and fxreplay are the bridge's and are refused.",
              "required": ["specversion", "id", "source", "type"],
              "properties": {
                "specversion": { "const": "1.0" },
                "id": { "type": "string", "minLength": 1, "maxLength": 1024 },
                "source": { "type": "string", "format": "uri-reference", "minLength": 1, "maxLength": 1024 },
                "type": { "type": "string", "minLength": 1, "maxLength": 255 },
                "time": { "type": ["string", "null"], "format": "date-time" },
                "subject": { "type": ["string", "null"], "minLength": 1, "maxLength": 1024 },
                "datacontenttype": { "type": ["string", "null"], "minLength": 1 },
                "dataschema": { "type": ["string", "null"], "format": "uri", "minLength": 1 },
                "correlationid": { "$ref": "#/components/schemas/CorrelationID" },
                "data": { "description": "Any JSON value; a text where datacontenttype is no JSON." },
                "data_base64": { "type": ["string", "null"], "contentEncoding": "base64" }
              },
              "additionalProperties": { "type": ["string", "boolean", "integer", "null"] }
            }
            """#)

    /// The attributes of the binary mode that every event has or may have.
    private static let cloudEventParameters = [
        ("specversion", "1.0"), ("id", "1"), ("source", "/shop/eu"), ("type", "com.example.order.paid"),
        ("time", "2026-01-02T03:04:05Z"), ("subject", "4711"), ("dataschema", "https://example.com/order.json"),
    ].map { name, example in
        #"""
        { "name": "ce-\#(name)", "in": "header", "description": "The attribute \#(name), percent-encoded; other ce- headers are extensions.", "schema": { "type": "string" }, "example": "\#(example)" }
        """#
    }.joined(separator: ",\n")

    /// The question of a sender whether it may deliver here.
    ///
    /// - Parameter parameters: of the path, as members of a list, with a comma behind them.
    static func handshake(_ name: String, parameters: String = "") -> String {
        #"""
        "options": {
          "operationId": "ask\#(name)",
          "tags": ["events"],
          "summary": "Tells the methods, and a sender of CloudEvents whether it may deliver here.",
          "description": "CloudEvents, HTTP 1.1 Web Hooks 1.0.2 §4.",
          "security": [],
          "parameters": [
            \#(parameters)
            { "name": "WebHook-Request-Origin", "in": "header", "description": "The DNS name of the sender.", "schema": { "type": "string" }, "example": "eventgrid.azure.net" },
            { "name": "WebHook-Request-Rate", "in": "header", "description": "Requests per minute it would like to send.", "schema": { "type": "integer", "minimum": 1 }, "example": 120 }
          ],
          "responses": {
            "204": {
              "description": "Consent is in the headers, not in the status.",
              "headers": {
                "Allow": { "$ref": "#/components/headers/Allow" },
                "WebHook-Allowed-Origin": { "$ref": "#/components/headers/WebHookAllowedOrigin" },
                "WebHook-Allowed-Rate": { "$ref": "#/components/headers/WebHookAllowedRate" }
              }
            },
            "default": { "$ref": "#/components/responses/Default" }
          }
        }
        """#
    }
}
