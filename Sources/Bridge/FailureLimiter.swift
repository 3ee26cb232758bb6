import Glibc
import Synchronization
import Threading

/// Bounds how often one address may fail to authenticate. Who authenticates is never asked: an owner behind the address
/// of somebody who guesses is not locked out.
///
/// A token bucket for each IPv4 address and each IPv6 /64 (what one customer of a provider has), in a table of fixed
/// size: 8,192 places, 128 KiB. An address that finds its row full takes the place of the one with the least on its
/// account; a flood from very many addresses is the front server's to bound (`limit_req`).
package final class FailureLimiter: Sendable {
    private static let rowsCount = 1024
    private static let placesInRow = 8

    private struct Place {
        var network: UInt64 = 0
        /// When the bucket is full again, in microseconds since 1970; 0 for a free place.
        var settledMicroseconds: Int64 = 0
    }

    /// How long one failure weighs, in microseconds; 0 turns the limit off.
    private let intervalMicroseconds: Int64
    /// How much may be on the account.
    private let allowanceMicroseconds: Int64
    private let places: Guarded<[Place]>

    /// - Parameter perMinute: how many failures a minute are answered as such; 0 for any number.
    /// - Parameter burst: how many may come at once.
    package init(perMinute: Int, burst: Int) {
        precondition(perMinute >= 0 && burst >= 1, "a limit is a number of failures")
        intervalMicroseconds = perMinute == 0 ? 0 : max(1, 60_000_000 / Int64(perMinute))
        allowanceMicroseconds = intervalMicroseconds * Int64(burst - 1)
        places = Guarded(
            perMinute == 0 ? [] : [Place](repeating: Place(), count: Self.rowsCount * Self.placesInRow))
    }

    /// Puts a failure on an address's account.
    ///
    /// - Returns: nil while it is within the limit; else in how many seconds one more will be, and nothing was put down.
    package func note(address: String, nowMicroseconds: Int64) -> Int? {
        guard intervalMicroseconds > 0 else { return nil }
        let network = Self.network(of: address)
        return places.withLock { places in
            let index = Self.place(of: network, in: places)
            if places[index].network != network { places[index] = Place(network: network) }
            // A clock that was set back would keep an account full for as long.
            let longest = nowMicroseconds + allowanceMicroseconds + intervalMicroseconds
            let settled = min(max(places[index].settledMicroseconds, nowMicroseconds), longest)
            let excess = settled - nowMicroseconds - allowanceMicroseconds
            guard excess <= 0 else { return Int((excess + 999_999) / 1_000_000) }
            places[index].settledMicroseconds = settled + intervalMicroseconds
            return nil
        }
    }

    /// The network's own place, or else the one that it may take.
    private static func place(of network: UInt64, in places: [Place]) -> Int {
        // The process's own seed: nobody can choose addresses that share a row.
        var hasher = Hasher()
        hasher.combine(network)
        let row = Int(UInt(bitPattern: hasher.finalize()) % UInt(rowsCount)) * placesInRow
        var least = row
        for index in row..<row + placesInRow {
            if places[index].network == network, places[index].settledMicroseconds > 0 { return index }
            if places[index].settledMicroseconds < places[least].settledMicroseconds { least = index }
        }
        return least
    }

    /// The upper half of an IPv6 address; an IPv4 address below `::ffff:0:0/96`'s prefix, which no /64 of the internet is.
    /// All that is no address, such as a peer on a unix socket, is one network. `inet_pton(3)`
    static func network(of address: String) -> UInt64 {
        var four = in_addr()
        if unsafe inet_pton(AF_INET, address, &four) == 1 { return mapped(four.s_addr) }
        var six = in6_addr()
        guard unsafe inet_pton(AF_INET6, address, &six) == 1 else { return 0 }
        let (high, low) = unsafe withUnsafeBytes(of: six) { bytes in
            unsafe (
                bytes.loadUnaligned(as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian
            )
        }
        if high == 0, low >> 32 == 0xFFFF { return mapped(UInt32(truncatingIfNeeded: low).bigEndian) }
        // ::/64 holds the loopback; it must not be what no address is.
        return high == 0 ? 1 : high
    }

    /// - Parameter address: in network byte order.
    private static func mapped(_ address: UInt32) -> UInt64 { 0xFFFF << 32 | UInt64(UInt32(bigEndian: address)) }
}
