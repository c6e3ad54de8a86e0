using LstmOrleans.Hosting.Dashboard;

namespace LstmOrleans.Hosting;

/// <summary>Settings of one process. Configuration section <c>Lstm</c>.</summary>
public sealed class LstmHostOptions
{
    /// <summary>Folder of everything this process keeps: <c>streams.db</c> (embedded store) and <c>models/</c>.</summary>
    public string DataDirectory { get; set; } = "lstm-data";

    /// <summary>Stop when standard input ends: for processes started by another one, so that none outlives it.</summary>
    public bool ExitWithParent { get; set; }

    /// <summary>How long a stop (SIGTERM) may take to finish what is under way and hand streams over; then the rest is dropped. A stream loses nothing by that: what was acknowledged is stored.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Settings of a process in a cluster.</summary>
    public LstmClusterOptions Cluster { get; set; } = new();

    /// <summary>Settings of the dashboard.</summary>
    public LstmDashboardOptions Dashboard { get; set; } = new();
}

/// <summary>Settings of a process in a cluster. Configuration section <c>Lstm:Cluster</c>, beside <c>Membership</c> and <c>ReadLease</c>.</summary>
public sealed class LstmClusterOptions
{
    /// <summary>How long a process that starts waits for the store of its cluster.</summary>
    public TimeSpan StoreWait { get; set; } = TimeSpan.FromSeconds(60);
}
