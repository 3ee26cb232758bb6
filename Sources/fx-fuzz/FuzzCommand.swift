import Glibc

/// `fx-fuzz TARGET [libFuzzer's arguments]`: throws bytes at one parser of what comes from outside, guided by what they
/// reach in it. Built by `deploy/fuzz` only, with the coverage that libFuzzer needs.
@main
enum FuzzCommand {
    static func main() {
        guard let name = CommandLine.arguments.dropFirst().first, let target = FuzzTarget(rawValue: name) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            print("usage: fx-fuzz TARGET [CORPUS] [-max_total_time=60]\nTARGET is one of \(names)")
            exit(2)
        }
        // libFuzzer wants a C function, which can carry nothing along.
        unsafe chosen = target
        var count = CommandLine.argc - 1
        var arguments = unsafe CommandLine.unsafeArgv + 1
        let status = unsafe runDriver(&count, &arguments) { start, count in
            unsafe chosen.run(Array(UnsafeBufferPointer(start: start, count: count)))
            return 0
        }
        exit(status)
    }
}

// Written once, before libFuzzer's only thread begins to call.
nonisolated(unsafe) private var chosen = FuzzTarget.json

/// libFuzzer's main function. `LLVMFuzzerRunDriver`
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
