extension OpenAPISection {
    /// What every route that tells of something stored may answer.
    static let readAnswers = #"""
        "400": { "$ref": "#/components/responses/BadRequest" },
        "401": { "$ref": "#/components/responses/Unauthorized" },
        "403": { "$ref": "#/components/responses/Forbidden" },
        "404": { "$ref": "#/components/responses/NotFound" },
        "503": { "$ref": "#/components/responses/Unavailable" },
        \#(anyAnswers)
        """#

    static let status = OpenAPISection(
        paths: #"""
            "/fx/cid/{cid}": {
              "get": {
                "operationId": "readCorrelation",
                "tags": ["status"],
                "summary": "Retrieves the status of executions for a given correlation id, oldest first.",
                "description": "Scope status:read. An accepted event that nothing has executed yet has an empty list. At most 1000 executions, or some 4 MiB of their data, are one page. With Accept: text/event-stream every change is streamed until all executions have ended.",
                "parameters": [
                  { "name": "cid", "in": "path", "required": true, "description": "Correlation id of the event.", "schema": { "$ref": "#/components/schemas/CorrelationID" } },
                  { "$ref": "#/components/parameters/Wait" },
                  { "$ref": "#/components/parameters/Prefer" },
                  { "name": "after", "in": "query", "description": "Where the page before ended, as its Link has it.", "schema": { "type": "string" } },
                  { "$ref": "#/components/parameters/IfNoneMatch" },
                  { "name": "Last-Event-ID", "in": "header", "description": "Of a stream that is resumed: the last id that was received. With the id of the present state only changes are told, with any other one everything again.", "schema": { "type": "string" } }
                ],
                "responses": {
                  "200": {
                    "description": "What is known of the cid.",
                    "headers": {
                      "ETag": { "$ref": "#/components/headers/ETag" },
                      "Cache-Control": { "$ref": "#/components/headers/CacheControl" },
                      "Preference-Applied": { "$ref": "#/components/headers/PreferenceApplied" },
                      "Link": { "description": "The next page, if there is one: rel=\"next\".", "schema": { "type": "string" }, "example": "</fx/cid/nightly-42?after=1764000123000000~run-7>; rel=\"next\"" }
                    },
                    "content": {
                      "text/event-stream": {
                        "schema": { "type": "string", "description": "Events called execution, each with an ExecutionResult as its data, and one called end behind the last." },
                        "example": "retry: 2000\n\nevent: execution\ndata: {\"data\":null,\"datetime\":\"2026-11-24T01:02:03.000000Z\",\"execution_id\":\"run-7\",\"execution_time\":null,\"service\":\"nightly\",\"status\":\"in progress\"}\n\nid: 9f86d081884c7d65\n\n"
                      },
                      "application/json": {
                        "schema": { "$ref": "#/components/schemas/CIDResult" },
                        "example": {
                          "cid": "nightly-42",
                          "executions": [{ "data": { "rows": 17 }, "datetime": "2026-11-24T01:02:03.000000Z", "execution_id": "run-7", "execution_time": 1.25, "service": "nightly", "status": "completed" }]
                        }
                      }
                    }
                  },
                  "204": { "description": "The stream that was to be resumed has nothing more to tell." },
                  "304": { "$ref": "#/components/responses/NotModified" },
                  \#(readAnswers)
                }
              }
            },
            "/fx/deliveries/{delivery_id}": {
              "get": {
                "operationId": "readDelivery",
                "tags": ["status"],
                "summary": "Retrieves the status of executions for the event that its sender gave this id.",
                "description": "Scope status:read. The id is the provider's of the delivery (X-GitHub-Delivery, webhook-id, …) or a CloudEvent's; percent-encoded where it needs to be. The answer is that of the event's cid; if the id was used again, of the latest event.",
                "parameters": [{ "name": "delivery_id", "in": "path", "required": true, "description": "The sender's id of the event.", "schema": { "type": "string", "minLength": 1 }, "example": "72d3162e-cc78-11e3-81ab-4c9367dc0958" }],
                "responses": {
                  "200": {
                    "description": "What is known of the event's cid.",
                    "content": {
                      "application/json": {
                        "schema": { "$ref": "#/components/schemas/CIDResult" },
                        "example": { "cid": "019ab3c4-61d2-7c3b-8f00-5a6b7c8d9e0f", "executions": [] }
                      }
                    }
                  },
                  \#(readAnswers)
                }
              }
            },
            "/fx/executions/{execution_id}": {
              "get": {
                "operationId": "readExecution",
                "tags": ["status"],
                "summary": "Retrieves the status of a specific execution by its id.",
                "description": "Scope status:read.",
                "parameters": [
                  { "name": "execution_id", "in": "path", "required": true, "description": "The id of the execution.", "schema": { "$ref": "#/components/schemas/CorrelationID" } },
                  { "$ref": "#/components/parameters/Wait" },
                  { "$ref": "#/components/parameters/Prefer" },
                  { "$ref": "#/components/parameters/IfNoneMatch" }
                ],
                "responses": {
                  "200": {
                    "description": "The execution.",
                    "headers": {
                      "ETag": { "$ref": "#/components/headers/ETag" },
                      "Cache-Control": { "$ref": "#/components/headers/CacheControl" },
                      "Preference-Applied": { "$ref": "#/components/headers/PreferenceApplied" }
                    },
                    "content": {
                      "application/json": {
                        "schema": { "$ref": "#/components/schemas/ExecutionResult" },
                        "example": { "data": null, "datetime": "2026-11-24T01:02:03.000000Z", "execution_id": "run-7", "execution_time": null, "service": "nightly", "status": "in progress" }
                      }
                    }
                  },
                  "304": { "$ref": "#/components/responses/NotModified" },
                  \#(readAnswers)
                }
              }
            }
            """#,
        parameters: #"""
            "Wait": { "name": "wait", "in": "query", "description": "Put the answer off until every known execution has ended and there is at least one, but for so many seconds at most.", "schema": { "type": "integer", "minimum": 0, "maximum": 60, "default": 0 } },
            "Prefer": { "name": "Prefer", "in": "header", "description": "wait=30 asks for the same as the parameter wait (RFC 7240).", "schema": { "type": "string" } },
            "IfNoneMatch": { "name": "If-None-Match", "in": "header", "description": "The ETag of an answer that is known already: 304 if there is nothing else to tell.", "schema": { "type": "string" } }
            """#,
        headers: #"""
            "ETag": { "description": "Names this very answer.", "schema": { "type": "string" }, "example": "\"9f86d081884c7d65\"" },
            "CacheControl": { "description": "To be kept by the asker alone, and asked for again each time.", "schema": { "type": "string" }, "example": "private, no-cache" },
            "PreferenceApplied": { "description": "The preference that was followed.", "schema": { "type": "string" }, "example": "wait=30" }
            """#,
        responses: #"""
            "NotModified": {
              "description": "The answer is the one that If-None-Match names.",
              "headers": { "ETag": { "$ref": "#/components/headers/ETag" }, "Cache-Control": { "$ref": "#/components/headers/CacheControl" } }
            }
            """#,
        schemas: #"""
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
            "CIDResult": {
              "type": "object",
              "required": ["cid", "executions"],
              "properties": {
                "cid": { "$ref": "#/components/schemas/CorrelationID" },
                "executions": { "type": "array", "maxItems": 1000, "items": { "$ref": "#/components/schemas/ExecutionResult" } }
              }
            }
            """#)
}
