/// The OpenAPI 3.1 document of the public routes, served as it stands here.
enum OpenAPIDocument {
    static let bytes = Array(text.utf8)

    // One literal: a reader and the tests see the document as senders get it.
    private static let text = #"""
        {
          "openapi": "3.1.0",
          "info": {
            "title": "FX Event Bridge API",
            "version": "1.0.0",
            "description": "Receives events from outside the cluster, makes them durable as CloudEvents and tells what became of the executions they triggered."
          },
          "servers": [{ "url": "/" }],
          "security": [{ "ApiKeyAuth": [] }, { "SecretKeyAuth": [] }],
          "paths": {
            "/fx/events": {
              "post": {
                "operationId": "createEvent",
                "summary": "Submits a new event to be processed by the FX platform.",
                "parameters": [{ "$ref": "#/components/parameters/CorrelationID" }],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": { "$ref": "#/components/schemas/EventRequest" },
                      "example": { "event_source": "/partner/orders", "event_type": "com.example.order.created", "payload": { "order": 42 } }
                    }
                  }
                },
                "responses": {
                  "202": { "$ref": "#/components/responses/Accepted" },
                  "400": { "$ref": "#/components/responses/Problem" },
                  "401": { "$ref": "#/components/responses/Problem" },
                  "403": { "$ref": "#/components/responses/Problem" },
                  "405": { "$ref": "#/components/responses/MethodNotAllowed" },
                  "413": { "$ref": "#/components/responses/Problem" },
                  "415": { "$ref": "#/components/responses/Problem" },
                  "429": { "$ref": "#/components/responses/RetryLater" },
                  "503": { "$ref": "#/components/responses/RetryLater" }
                }
              }
            },
            "/fx/events/generic": {
              "post": {
                "operationId": "createGenericEvent",
                "summary": "Submits a new generic event to be processed.",
                "parameters": [{ "$ref": "#/components/parameters/CorrelationID" }],
                "requestBody": { "$ref": "#/components/requestBodies/GenericEventRequest" },
                "responses": {
                  "202": { "$ref": "#/components/responses/Accepted" },
                  "400": { "$ref": "#/components/responses/Problem" },
                  "401": { "$ref": "#/components/responses/Problem" },
                  "403": { "$ref": "#/components/responses/Problem" },
                  "405": { "$ref": "#/components/responses/MethodNotAllowed" },
                  "413": { "$ref": "#/components/responses/Problem" },
                  "415": { "$ref": "#/components/responses/Problem" },
                  "429": { "$ref": "#/components/responses/RetryLater" },
                  "503": { "$ref": "#/components/responses/RetryLater" }
                }
              }
            },
            "/fx/events/webhook": {
              "post": {
                "operationId": "createWebhookEvent",
                "summary": "Submits a new generic event from a webhook. At most 8 secret keys are tried here; each key has a path of its own too.",
                "parameters": [{ "$ref": "#/components/parameters/CorrelationID" }],
                "requestBody": { "$ref": "#/components/requestBodies/GenericEventRequest" },
                "responses": {
                  "202": { "$ref": "#/components/responses/Accepted" },
                  "400": { "$ref": "#/components/responses/Problem" },
                  "401": { "$ref": "#/components/responses/Problem" },
                  "403": { "$ref": "#/components/responses/Problem" },
                  "405": { "$ref": "#/components/responses/MethodNotAllowed" },
                  "413": { "$ref": "#/components/responses/Problem" },
                  "415": { "$ref": "#/components/responses/Problem" },
                  "429": { "$ref": "#/components/responses/RetryLater" },
                  "503": { "$ref": "#/components/responses/RetryLater" }
                }
              }
            },
            "/fx/events/webhook/{key_id}": {
              "post": {
                "operationId": "createWebhookEventOfKey",
                "summary": "Submits a new generic event from a webhook that signs with the secret key of this id.",
                "parameters": [
                  { "name": "key_id", "in": "path", "required": true, "description": "The id of the secret key.", "schema": { "type": "string" } },
                  { "$ref": "#/components/parameters/CorrelationID" }
                ],
                "requestBody": { "$ref": "#/components/requestBodies/GenericEventRequest" },
                "responses": {
                  "202": { "$ref": "#/components/responses/Accepted" },
                  "400": { "$ref": "#/components/responses/Problem" },
                  "401": { "$ref": "#/components/responses/Problem" },
                  "403": { "$ref": "#/components/responses/Problem" },
                  "404": { "$ref": "#/components/responses/Problem" },
                  "405": { "$ref": "#/components/responses/MethodNotAllowed" },
                  "413": { "$ref": "#/components/responses/Problem" },
                  "415": { "$ref": "#/components/responses/Problem" },
                  "429": { "$ref": "#/components/responses/RetryLater" },
                  "503": { "$ref": "#/components/responses/RetryLater" }
                }
              }
            },
            "/fx/cid/{cid}": {
              "get": {
                "operationId": "readCorrelation",
                "summary": "Retrieves the status of executions for a given correlation id, oldest first.",
                "parameters": [{ "name": "cid", "in": "path", "required": true, "description": "Correlation id of the event.", "schema": { "$ref": "#/components/schemas/CorrelationID" } }],
                "responses": {
                  "200": { "description": "What is known of the cid.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/CIDResult" } } } },
                  "400": { "$ref": "#/components/responses/Problem" },
                  "401": { "$ref": "#/components/responses/Problem" },
                  "403": { "$ref": "#/components/responses/Problem" },
                  "404": { "$ref": "#/components/responses/Problem" },
                  "405": { "$ref": "#/components/responses/MethodNotAllowed" },
                  "429": { "$ref": "#/components/responses/RetryLater" },
                  "503": { "$ref": "#/components/responses/RetryLater" }
                }
              }
            },
            "/fx/executions/{execution_id}": {
              "get": {
                "operationId": "readExecution",
                "summary": "Retrieves the status of a specific execution by its id.",
                "parameters": [{ "name": "execution_id", "in": "path", "required": true, "description": "The id of the execution.", "schema": { "$ref": "#/components/schemas/CorrelationID" } }],
                "responses": {
                  "200": { "description": "The execution.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ExecutionResult" } } } },
                  "400": { "$ref": "#/components/responses/Problem" },
                  "401": { "$ref": "#/components/responses/Problem" },
                  "403": { "$ref": "#/components/responses/Problem" },
                  "404": { "$ref": "#/components/responses/Problem" },
                  "405": { "$ref": "#/components/responses/MethodNotAllowed" },
                  "429": { "$ref": "#/components/responses/RetryLater" },
                  "503": { "$ref": "#/components/responses/RetryLater" }
                }
              }
            },
            "/fx/executions": {
              "post": {
                "operationId": "reportExecutions",
                "summary": "Reports how far executions have come: one report, or an array of at most 1000 that are stored all or none. Needs the scope executions:write. An execution moves forward only, and its first end stands.",
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": { "oneOf": [{ "$ref": "#/components/schemas/ExecutionReport" }, { "type": "array", "minItems": 1, "maxItems": 1000, "items": { "$ref": "#/components/schemas/ExecutionReport" } }] },
                      "example": { "cid": "nightly-42", "execution_id": "run-7", "service": "nightly", "status": "completed", "execution_time": 1.25, "data": { "rows": 17 } }
                    }
                  }
                },
                "responses": {
                  "202": {
                    "description": "The reports are on disk.",
                    "headers": { "Location": { "description": "Of a single report: where its execution can be asked for.", "schema": { "type": "string" } } },
                    "content": { "application/json": { "schema": { "oneOf": [{ "$ref": "#/components/schemas/AcceptedReport" }, { "type": "array", "items": { "$ref": "#/components/schemas/AcceptedReport" } }] } } }
                  },
                  "400": { "$ref": "#/components/responses/Problem" },
                  "401": { "$ref": "#/components/responses/Problem" },
                  "403": { "$ref": "#/components/responses/Problem" },
                  "404": { "$ref": "#/components/responses/Problem" },
                  "405": { "$ref": "#/components/responses/MethodNotAllowed" },
                  "413": { "$ref": "#/components/responses/Problem" },
                  "415": { "$ref": "#/components/responses/Problem" },
                  "429": { "$ref": "#/components/responses/RetryLater" },
                  "503": { "$ref": "#/components/responses/RetryLater" }
                }
              }
            },
            "/fx/openapi.json": {
              "get": {
                "operationId": "readDocument",
                "summary": "This document.",
                "security": [],
                "responses": {
                  "200": { "description": "OpenAPI 3.1.", "content": { "application/json": { "schema": { "type": "object" } } } },
                  "405": { "$ref": "#/components/responses/MethodNotAllowed" }
                }
              }
            }
          },
          "components": {
            "securitySchemes": {
              "ApiKeyAuth": { "type": "apiKey", "in": "header", "name": "X-API-KEY", "description": "An access token: fxt_…" },
              "SecretKeyAuth": { "type": "apiKey", "in": "header", "name": "X-Hub-Signature-256", "description": "sha256= and the hexadecimal HMAC-SHA256, by a secret key, of the body as it is sent; for a GET, of the path without its query." }
            },
            "parameters": {
              "CorrelationID": { "name": "X-Correlation-ID", "in": "header", "description": "The cid to use instead of a new one; several events may share one.", "schema": { "$ref": "#/components/schemas/CorrelationID" } }
            },
            "requestBodies": {
              "GenericEventRequest": {
                "required": true,
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/GenericEventRequest" }, "example": { "anything": ["you", "like"] } } }
              }
            },
            "schemas": {
              "CorrelationID": { "type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$", "examples": ["01980e6c-1b2a-7c3d-8e4f-5a6b7c8d9e0f"] },
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
              "ExecutionResult": {
                "type": "object",
                "required": ["data", "datetime", "execution_id", "execution_time", "service", "status"],
                "properties": {
                  "data": { "description": "Data saved within the execution: any JSON value, or null." },
                  "datetime": { "type": "string", "format": "date-time" },
                  "execution_id": { "type": "string" },
                  "execution_time": { "type": ["number", "null"], "minimum": 0, "description": "Seconds." },
                  "service": { "type": "string" },
                  "status": { "type": "string", "enum": ["pending", "in progress", "completed", "failed", "skipped"] }
                }
              },
              "ExecutionReport": {
                "type": "object",
                "required": ["cid", "execution_id", "service", "status"],
                "properties": {
                  "cid": { "$ref": "#/components/schemas/CorrelationID" },
                  "execution_id": { "type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$", "description": "Unique within the tenant." },
                  "service": { "type": "string", "minLength": 1, "description": "At most 255 bytes." },
                  "status": { "type": "string", "description": "pending, in progress, completed, failed or skipped; in_progress and other case are understood too." },
                  "datetime": { "type": ["string", "null"], "format": "date-time", "description": "When the status began; the time of the report if it is left out." },
                  "execution_time": { "type": ["number", "null"], "minimum": 0, "description": "Seconds." },
                  "data": { "description": "Any JSON value of at most 1 MiB." }
                }
              },
              "AcceptedReport": {
                "type": "object",
                "required": ["cid", "execution_id", "status", "cid_known"],
                "properties": {
                  "cid": { "$ref": "#/components/schemas/CorrelationID" },
                  "execution_id": { "type": "string" },
                  "status": { "type": "string", "enum": ["pending", "in progress", "completed", "failed", "skipped"], "description": "What was reported." },
                  "cid_known": { "type": "boolean", "description": "False if no event of the cid has come through here." }
                }
              },
              "CIDResult": {
                "type": "object",
                "required": ["cid", "executions"],
                "properties": {
                  "cid": { "$ref": "#/components/schemas/CorrelationID" },
                  "executions": { "type": "array", "maxItems": 1000, "items": { "$ref": "#/components/schemas/ExecutionResult" } }
                }
              },
              "Problem": {
                "type": "object",
                "description": "RFC 9457.",
                "required": ["type", "title", "status"],
                "properties": {
                  "type": { "type": "string", "format": "uri", "examples": ["urn:fx-bridge:problem:malformed-json"] },
                  "title": { "type": "string" },
                  "status": { "type": "integer" },
                  "detail": { "type": "string", "description": "What the sender can change." },
                  "instance": { "type": "string", "description": "The id of the request in the operator's logs." },
                  "offset": { "type": "integer", "minimum": 0, "description": "Byte of the body at which it went wrong." },
                  "member": { "type": "string", "description": "The member or header that is wrong." },
                  "index": { "type": "integer", "minimum": 0, "description": "Which element of an array is wrong, counted from 0." }
                }
              }
            },
            "responses": {
              "Accepted": {
                "description": "The event is on disk.",
                "headers": {
                  "Location": { "description": "Where its executions can be asked for.", "schema": { "type": "string" } },
                  "FX-Body-Digest": { "description": "Evidence of the body that was received: sha-256=:<base64>:, as RFC 9530 writes it.", "schema": { "type": "string" } }
                },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/CreateEventResponse" } } }
              },
              "Problem": { "description": "What went wrong.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "MethodNotAllowed": {
                "description": "The path does not take this method.",
                "headers": { "Allow": { "schema": { "type": "string" } } },
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
              },
              "RetryLater": {
                "description": "Not now; nothing was stored.",
                "headers": { "Retry-After": { "description": "Seconds.", "schema": { "type": "integer" } } },
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
              }
            }
          }
        }

        """#
}
