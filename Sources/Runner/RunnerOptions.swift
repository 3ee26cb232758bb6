import Spool

/// Where the runner works, and within what.
package struct RunnerOptions: Sendable {
    package var layout: SpoolLayout
    package var servicesPath: String
    /// Executions' own directories are made in it.
    package var scratchRoot: String
    /// Where ``RunnerStatus`` is written; nil for nowhere.
    package var statusPath: String?
    package var limits = RunLimits()
    package var log = LogOptions()
    /// How long running services may go on after a stop was asked for.
    package var drainMilliseconds: Int64 = 10_000

    package init(layout: SpoolLayout, servicesPath: String, scratchRoot: String) {
        self.layout = layout
        self.servicesPath = servicesPath
        self.scratchRoot = scratchRoot
    }
}
