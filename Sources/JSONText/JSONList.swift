/// A validated JSON text whose root's elements were collected on the way.
package struct JSONList: Sendable, Equatable {
    package let root: JSONValue
    /// In their order; empty if the root is no array.
    package let elements: [JSONValue]

    package init(root: JSONValue, elements: [JSONValue]) {
        self.root = root
        self.elements = elements
    }
}
