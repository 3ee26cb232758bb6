import CSQLite
import Events

/// Owner of one `sqlite3_stmt*`, which it finalises when it dies.
///
/// Parameters count from 1, columns from 0, as in SQLite. Short values are copied into a slot of their own and bound in
/// place, which spares SQLite an allocation each (Debian builds it without its lookaside pool).
@safe
struct Statement: ~Copyable {
    /// Longer values are copied by SQLite. Covers a cid (128), and nearly every event type and service name.
    private static let slotBytes = 128

    private let handle: OpaquePointer
    private let slots: UnsafeMutableRawPointer
    private let path: String

    @unsafe
    init(owning handle: OpaquePointer, path: String) {
        unsafe self.handle = handle
        self.path = path
        let parameters = unsafe Int(sqlite3_bind_parameter_count(handle))
        unsafe slots = .allocate(byteCount: max(1, parameters) * Self.slotBytes, alignment: 8)
    }

    deinit {
        // Repeats the code of the last step, which that step has thrown.
        unsafe sqlite3_finalize(handle)
        unsafe slots.deallocate()
    }

    // MARK: Values in

    func bind(_ value: Int64, at parameter: Int32) throws(StatusIndexError) {
        try check(unsafe sqlite3_bind_int64(handle, parameter, value))
    }

    func bindNull(at parameter: Int32) throws(StatusIndexError) {
        try check(unsafe sqlite3_bind_null(handle, parameter))
    }

    func bind(text: Span<UInt8>, at parameter: Int32) throws(StatusIndexError) {
        let slot = unsafe slot(parameter)
        let code = unsafe text.withUnsafeBytes { source in
            // SQLite reads a null pointer as NULL, and an empty span may have one: the slot stands in for it.
            guard let start = source.baseAddress, source.count <= Self.slotBytes else {
                return unsafe fx_sqlite3_bind_text_transient(
                    handle, parameter, source.baseAddress ?? UnsafeRawPointer(slot), Int32(clamping: source.count))
            }
            unsafe slot.copyMemory(from: start, byteCount: source.count)
            return unsafe fx_sqlite3_bind_text_static(handle, parameter, slot, Int32(source.count))
        }
        try check(code)
    }

    /// Binds a name, as it was given, in the form it is stored in.
    func bind(name: Span<UInt8>, at parameter: Int32) throws(StatusIndexError) {
        guard let (high, low) = UUIDText.read(name) else { return try bind(text: name, at: parameter) }
        try bind(PackedName(high, low), at: parameter)
    }

    /// Binds the name in the form it is stored in.
    func bind(_ name: PackedName, at parameter: Int32) throws(StatusIndexError) {
        let slot = unsafe slot(parameter)
        let code: Int32
        switch name {
        case .timeOrdered(let high, let low):
            unsafe slot.storeBytes(of: high.bigEndian, as: UInt64.self)
            unsafe slot.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            code = unsafe fx_sqlite3_bind_blob_static(handle, parameter, slot, 16)
        case .otherUUID(let high, let low):
            unsafe slot.storeBytes(of: 0, as: UInt8.self)
            unsafe slot.storeBytes(of: high.bigEndian, toByteOffset: 1, as: UInt64.self)
            unsafe slot.storeBytes(of: low.bigEndian, toByteOffset: 9, as: UInt64.self)
            code = unsafe fx_sqlite3_bind_blob_static(handle, parameter, slot, 17)
        case .text(let text):
            return try bind(text: text.span, at: parameter)
        }
        try check(code)
    }

    /// Binds a copy of `bytes`, or NULL; see ``run(blob:at:)`` for what is long.
    func bind(blob bytes: ArraySlice<UInt8>?, at parameter: Int32) throws(StatusIndexError) {
        guard let bytes else { return try bindNull(at: parameter) }
        let slot = unsafe slot(parameter)
        let code = unsafe bytes.span.withUnsafeBytes { source in
            // As above: an empty blob is not NULL.
            guard let start = source.baseAddress, source.count <= Self.slotBytes else {
                return unsafe fx_sqlite3_bind_blob_transient(
                    handle, parameter, source.baseAddress ?? UnsafeRawPointer(slot), Int32(clamping: source.count))
            }
            unsafe slot.copyMemory(from: start, byteCount: source.count)
            return unsafe fx_sqlite3_bind_blob_static(handle, parameter, slot, Int32(source.count))
        }
        try check(code)
    }

    // MARK: Running

    /// Runs to the end, rows unread.
    func run() throws(StatusIndexError) {
        defer { reset() }
        while try step() {}
    }

    /// Runs to the end with `bytes`, or NULL, as the last parameter's value, which SQLite reads where they lie.
    func run(blob bytes: ArraySlice<UInt8>?, at parameter: Int32) throws(StatusIndexError) {
        guard let bytes else {
            try bindNull(at: parameter)
            return try run()
        }
        let slot = unsafe slot(parameter)
        try unsafe bytes.span.withUnsafeBytes { (source: UnsafeRawBufferPointer) throws(StatusIndexError) in
            // A bound pointer must not survive the array it points into.
            defer { unsafe sqlite3_bind_null(handle, parameter) }
            try check(
                unsafe fx_sqlite3_bind_blob_static(
                    handle, parameter, source.baseAddress ?? UnsafeRawPointer(slot), Int32(clamping: source.count)))
            try run()
        }
    }

    /// Moves to the next row; false at the end.
    ///
    /// From the first step until ``reset()`` the statement holds a snapshot of the database.
    func step() throws(StatusIndexError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw StatusIndexError(code: code, path: path)
        }
    }

    /// Lets the snapshot go and makes the statement ready to be bound and run again.
    func reset() {
        // Repeats the code of the last step, which that step has thrown.
        unsafe sqlite3_reset(handle)
    }

    /// How many rows the last INSERT, UPDATE or DELETE of the connection changed.
    var changedRowCount: Int64 { unsafe sqlite3_changes64(sqlite3_db_handle(handle)) }

    // MARK: Values out

    func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

    func isText(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_TEXT }

    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    /// The bytes of a text or blob; empty for NULL.
    func bytes(_ column: Int32) -> [UInt8] {
        // The pointer dies at the next step or reset, and at a conversion, which asking for a blob never is.
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A name as it was given, from the form it is stored in.
    func name(_ column: Int32) -> [UInt8] {
        let stored = bytes(column)
        return isText(column) ? stored : PackedName.text(ofBlob: stored)
    }

    @unsafe
    private func slot(_ parameter: Int32) -> UnsafeMutableRawPointer {
        unsafe slots + (Int(parameter) - 1) * Self.slotBytes
    }

    private func check(_ code: Int32) throws(StatusIndexError) {
        guard code == SQLITE_OK else { throw StatusIndexError(code: code, path: path) }
    }
}
