import ArgumentParser

/// `fx-bench`: what `deploy/bench` needs beside the product: large spools, and the pieces of a request measured alone.
@main
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fx-bench", abstract: "Makes large spools and measures the pieces of a request alone.",
        subcommands: [ClaimsCommand.self, MakeSpoolCommand.self, PiecesCommand.self])
}
