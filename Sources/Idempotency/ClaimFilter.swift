/// Says of many runs at once which may hold a key, and of nearly every new key that none does.
///
/// A Bloom filter for each run, stored crosswise: a row holds one bit of every run's filter, so a question reads a few
/// rows, however many runs there are, and what is left of their conjunction names the runs. With 16 bits and 8 rows a
/// key, a run that does not hold a key is named once in 1,700 questions; at 10 million keys that makes 0.12 searches
/// in vain a question. Memory: 2 bytes for each key, in planes of 32 runs (3 MiB).
struct ClaimFilter {
    static let rowsCount = ClaimRun.keysLimit * 16
    private static let hashesCount: UInt64 = 8
    static let columnsPerPlane = 32

    private struct Plane {
        var rows = [UInt32](repeating: 0, count: rowsCount)
        /// Columns that belong to a run.
        var taken: UInt32 = 0
        /// Columns that are complete and count.
        var active: UInt32 = 0
    }

    private var planes: [Plane] = []

    /// A column for a new run, empty; it does not count until it is activated.
    mutating func takeColumn() -> Int {
        for (index, plane) in planes.enumerated() where plane.taken != .max {
            let column = (~plane.taken).trailingZeroBitCount
            planes[index].taken |= 1 << column
            return index * Self.columnsPerPlane + column
        }
        var plane = Plane()
        plane.taken = 1
        planes.append(plane)
        return (planes.count - 1) * Self.columnsPerPlane
    }

    mutating func insert(_ keys: some Sequence<ClaimKey>, column: Int) {
        let (plane, bit) = Self.place(column)
        for key in keys {
            for number in 0..<Self.hashesCount { planes[plane].rows[Self.row(number, of: key)] |= bit }
        }
    }

    mutating func activate(_ column: Int) {
        let (plane, bit) = Self.place(column)
        planes[plane].active |= bit
    }

    mutating func deactivate(_ column: Int) {
        let (plane, bit) = Self.place(column)
        planes[plane].active &= ~bit
    }

    /// Empties some rows of a column that does not count.
    mutating func clear(_ column: Int, rows: Range<Int>) {
        let (plane, bit) = Self.place(column)
        for row in rows { planes[plane].rows[row] &= ~bit }
    }

    /// Gives a column back whose rows are all clear.
    mutating func giveBack(_ column: Int) {
        let (plane, bit) = Self.place(column)
        planes[plane].taken &= ~bit
        while planes.last?.taken == 0 { planes.removeLast() }
    }

    /// The columns of runs that may hold the key; nearly always none.
    func columns(for key: ClaimKey) -> [Int] {
        var columns: [Int] = []
        for index in planes.indices {
            var bits = planes[index].active
            var number: UInt64 = 0
            while bits != 0, number < Self.hashesCount {
                bits &= planes[index].rows[Self.row(number, of: key)]
                number += 1
            }
            while bits != 0 {
                columns.append(index * Self.columnsPerPlane + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
        return columns
    }

    var bytesCount: Int { planes.count * Self.rowsCount * MemoryLayout<UInt32>.size }

    /// A key is a hash already: its two halves make as many as are needed (Kirsch and Mitzenmacher, 2006).
    private static func row(_ number: UInt64, of key: ClaimKey) -> Int {
        Int((key.high &+ number &* (key.low | 1)).multipliedFullWidth(by: UInt64(rowsCount)).high)
    }

    private static func place(_ column: Int) -> (plane: Int, bit: UInt32) {
        (column / columnsPerPlane, 1 << UInt32(column % columnsPerPlane))
    }
}
