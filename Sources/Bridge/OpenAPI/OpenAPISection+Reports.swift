extension OpenAPISection {
    static let reports = OpenAPISection(
        paths: #"""
            "/fx/executions": {
              "post": {
                "operationId": "reportExecutions",
                "tags": ["status"],
                "summary": "Reports how far executions have come: one report, or an array of at most 1000 that are stored all or none.",
                "description": "Scope executions:write. An execution moves forward only, and its first end stands.",
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
                    "headers": { "Location": { "description": "Of a single report: where its execution can be asked for.", "schema": { "type": "string" }, "example": "/fx/executions/run-7" } },
                    "content": {
                      "application/json": {
                        "schema": { "oneOf": [{ "$ref": "#/components/schemas/AcceptedReport" }, { "type": "array", "items": { "$ref": "#/components/schemas/AcceptedReport" } }] },
                        "example": { "cid": "nightly-42", "execution_id": "run-7", "status": "completed", "cid_known": true }
                      }
                    }
                  },
                  "400": { "$ref": "#/components/responses/BadRequest" },
                  "401": { "$ref": "#/components/responses/Unauthorized" },
                  "403": { "$ref": "#/components/responses/Forbidden" },
                  "404": { "$ref": "#/components/responses/NotFound" },
                  "408": { "$ref": "#/components/responses/RequestTimeout" },
                  "413": { "$ref": "#/components/responses/ContentTooLarge" },
                  "415": { "$ref": "#/components/responses/UnsupportedMediaType" },
                  "503": { "$ref": "#/components/responses/Unavailable" },
                  \#(anyAnswers)
                }
              }
            }
            """#,
        schemas: #"""
            "ExecutionReport": {
              "type": "object",
              "required": ["cid", "execution_id", "service", "status"],
              "properties": {
                "cid": { "$ref": "#/components/schemas/CorrelationID" },
                "execution_id": { "type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$", "description": "Unique within the tenant." },
                "service": { "type": "string", "minLength": 1, "description": "At most 255 bytes." },
                "status": { "type": "string", "enum": ["pending", "in progress", "in_progress", "completed", "failed", "skipped"], "description": "Other case is understood too." },
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
            }
            """#)
}
