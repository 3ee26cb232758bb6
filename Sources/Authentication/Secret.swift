/// A text that must not leak: it prints as `***`.
package struct Secret: Hashable, Sendable {
    /// The secret itself. Whoever reads this answers for where it goes.
    package let revealed: String

    package init(_ text: String) { revealed = text }

    package var utf8: String.UTF8View { revealed.utf8 }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "***" }
    package var debugDescription: String { "***" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
