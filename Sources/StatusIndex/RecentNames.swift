/// Finds an event of a list by its tenant and cid, or by its tenant and the id that its sender gave it.
///
/// A hash table whose chains are numbers in an array, so that it takes no allocation for an event, and goes at once. Whoever
/// adds to the list touches it not at all: names are hashed when somebody asks for one.
struct RecentNames {
    enum Kind: Int {
        case cid
        case sentID
    }

    /// The cid of event `n` is node `2n`, its id `2n + 1`.
    private struct Node {
        var hash: UInt32
        /// The node that came before in the same chain, counted from 1; 0 at the end.
        var next: UInt32
    }

    private var nodes: [Node] = []
    /// The latest node of each chain, counted from 1; a power of two of them.
    private var heads: [UInt32] = []

    /// How many events of the list are hashed.
    var eventsCount: Int { nodes.count / 2 }

    /// Hashes the first `count` events of `events`, as far as they are not yet.
    mutating func add(upTo count: Int, of events: [RecentEvent]) {
        guard count > eventsCount else { return }
        makeRoom(for: 2 * count)
        for event in events[eventsCount..<count] {
            link(Self.hash(event.tenant, event.cid))
            // A number for the id that was not sent too, in no chain.
            guard event.isIDSent else {
                nodes.append(Node(hash: 0, next: 0))
                continue
            }
            link(Self.hash(event.tenant, event.id))
        }
    }

    /// The place in `events` of the latest one with that name.
    func find(_ kind: Kind, _ name: String, tenant: String, in events: [RecentEvent]) -> Int? {
        guard !heads.isEmpty else { return nil }
        let hash = Self.hash(tenant, name)
        var number = heads[chain(of: hash)]
        while number > 0 {
            let index = Int(number) - 1
            number = nodes[index].next
            guard nodes[index].hash == hash, index & 1 == kind.rawValue else { continue }
            let event = events[index / 2]
            // Byte for byte, as the index compares.
            if event.tenant.utf8.elementsEqual(tenant.utf8),
                (kind == .cid ? event.cid : event.id).utf8.elementsEqual(name.utf8)
            {
                return index / 2
            }
        }
        return nil
    }

    private mutating func link(_ hash: UInt32) {
        let chain = chain(of: hash)
        nodes.append(Node(hash: hash, next: heads[chain]))
        heads[chain] = UInt32(nodes.count)
    }

    private mutating func makeRoom(for count: Int) {
        guard count > heads.count else { return }
        var room = max(heads.count, 64)
        while room < count { room *= 2 }
        heads = Array(repeating: 0, count: room)
        for index in nodes.indices where nodes[index].hash != 0 {
            let chain = chain(of: nodes[index].hash)
            nodes[index].next = heads[chain]
            heads[chain] = UInt32(index + 1)
        }
    }

    private func chain(of hash: UInt32) -> Int { Int(hash) & (heads.count - 1) }

    /// Seeded in each process: who sends names cannot choose their chains. Never 0, which stands for no name.
    private static func hash(_ tenant: String, _ name: String) -> UInt32 {
        var hasher = Hasher()
        hasher.combine(tenant)
        hasher.combine(name)
        return max(1, UInt32(truncatingIfNeeded: hasher.finalize()))
    }
}
