/// One subject of the OpenAPI document: members of its objects, each text as it stands between the object's braces.
///
/// ```swift
/// OpenAPISection(paths: #""/fx/x": { "get": { … } }"#, schemas: #""X": { "type": "object" }"#)
/// ```
/// A new subject is a file `OpenAPISection+Subject.swift` and a line in ``OpenAPIDocument``; no literal is shared. Tests
/// hold the whole against the routes, and against the answers they give.
struct OpenAPISection: Sendable {
    var paths = ""
    var parameters = ""
    var headers = ""
    var requestBodies = ""
    var responses = ""
    var schemas = ""

    /// The members of `components`, in the order of the document.
    static var componentKinds: [(name: String, members: KeyPath<OpenAPISection, String>)] {
        [
            ("parameters", \.parameters), ("headers", \.headers), ("requestBodies", \.requestBodies),
            ("responses", \.responses), ("schemas", \.schemas),
        ]
    }

    /// What any operation may answer beside its own: by nginx in front, or by the bridge where something is out of order.
    static let anyAnswers = #"""
        "405": { "$ref": "#/components/responses/MethodNotAllowed" },
        "429": { "$ref": "#/components/responses/TooManyRequests" },
        "502": { "$ref": "#/components/responses/BadGateway" },
        "504": { "$ref": "#/components/responses/GatewayTimeout" },
        "default": { "$ref": "#/components/responses/Default" }
        """#
}
