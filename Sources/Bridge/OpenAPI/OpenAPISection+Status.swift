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
                "description": "Scope status:read. An accepted event that nothing has executed yet has an empty list.",
                "parameters": [{ "name": "cid", "in": "path", "required": true, "description": "Correlation id of the event.", "schema": { "$ref": "#/components/schemas/CorrelationID" } }],
                "responses": {
                  "200": {
                    "description": "What is known of the cid.",
                    "content": {
                      "application/json": {
                        "schema": { "$ref": "#/components/schemas/CIDResult" },
                        "example": {
                          "cid": "nightly-42",
                          "executions": [{ "data": { "rows": 17 }, "datetime": "2026-11-24T01:02:03.000000Z", "execution_id": "run-7", "execution_time": 1.25, "service": "nightly", "status": "completed" }]
                        }
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
                "parameters": [{ "name": "execution_id", "in": "path", "required": true, "description": "The id of the execution.", "schema": { "$ref": "#/components/schemas/CorrelationID" } }],
                "responses": {
                  "200": {
                    "description": "The execution.",
                    "content": {
                      "application/json": {
                        "schema": { "$ref": "#/components/schemas/ExecutionResult" },
                        "example": { "data": null, "datetime": "2026-11-24T01:02:03.000000Z", "execution_id": "run-7", "execution_time": null, "service": "nightly", "status": "in progress" }
                      }
                    }
                  },
                  \#(readAnswers)
                }
              }
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
