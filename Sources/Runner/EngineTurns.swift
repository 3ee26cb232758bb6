import Synchronization

/// Shows a watchdog whether the engine's thread gets on: odd while it works, even while it sleeps, and another number for
/// each turn.
final class EngineTurns: Sendable {
    private let value = Atomic<UInt64>(0)

    var count: UInt64 { value.load(ordering: .relaxed) }

    /// Between work and sleep.
    func change() { value.wrappingAdd(1, ordering: .relaxed) }
}
