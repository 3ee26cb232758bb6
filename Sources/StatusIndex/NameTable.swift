/// The small numbers that stand for tenants and logs in the rows of the index.
///
/// A number once given is never taken back while the file lives, so what is remembered here cannot go stale; what was
/// given in a transaction that failed must be forgotten.
final class NameTable {
    /// More tenants than this cost a query each time instead of memory.
    private static let rememberedCountLimit = 4096

    private let select: Statement
    private let insert: Statement
    private var ids: [ArraySlice<UInt8>: Int64] = [:]
    /// Neighbouring rows mostly belong to the same tenant: comparing is cheaper than hashing.
    private var last: (name: ArraySlice<UInt8>, id: Int64) = ([], 0)
    private var lastText: (name: String, id: Int64) = ("", 0)

    init(_ database: borrowing Database) throws(StatusIndexError) {
        select = try database.prepare("SELECT id FROM name WHERE value = ?1")
        insert = try database.prepare("INSERT INTO name (value) VALUES (?1)")
    }

    /// The number of `name`, given now if it had none.
    func intern(_ name: ArraySlice<UInt8>) throws(StatusIndexError) -> Int64 {
        if last.id != 0 && last.name == name { return last.id }
        if let id = try find(name) { return id }
        try insert.bind(text: name.span, at: 1)
        try insert.run()
        guard let id = try find(name) else { preconditionFailure("an inserted name cannot be found") }
        return id
    }

    func intern(_ name: String) throws(StatusIndexError) -> Int64 {
        if lastText.id != 0 && lastText.name == name { return lastText.id }
        lastText = (name, try intern(ArraySlice(name.utf8)))
        return lastText.id
    }

    /// The number of `name`, if it has one.
    func find(_ name: ArraySlice<UInt8>) throws(StatusIndexError) -> Int64? {
        if last.id != 0 && last.name == name { return last.id }
        if let index = ids.index(forKey: name) {
            last = (ids[index].key, ids[index].value)
            return last.id
        }
        guard let id = try stored(name) else { return nil }
        if ids.count == Self.rememberedCountLimit { ids.removeAll(keepingCapacity: true) }
        // A copy: the slice would keep the whole batch it points into.
        last = (ArraySlice(Array(name)), id)
        ids[last.name] = id
        return id
    }

    private func stored(_ name: ArraySlice<UInt8>) throws(StatusIndexError) -> Int64? {
        try select.bind(text: name.span, at: 1)
        defer { select.reset() }
        return try select.step() ? select.integer(0) : nil
    }

    func forget() {
        ids.removeAll(keepingCapacity: true)
        last = ([], 0)
        lastText = ("", 0)
    }
}
