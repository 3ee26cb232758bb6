extension OpenAPISection {
    static let document = OpenAPISection(
        paths: #"""
            "/fx/openapi.json": {
              "get": {
                "operationId": "readDocument",
                "tags": ["document"],
                "summary": "This document.",
                "security": [],
                "responses": {
                  "200": {
                    "description": "OpenAPI 3.1.",
                    "headers": { "Cache-Control": { "schema": { "type": "string" }, "example": "public, max-age=300" } },
                    "content": { "application/json": { "schema": { "type": "object" } } }
                  },
                  \#(anyAnswers)
                }
              }
            }
            """#)
}
