using LstmOrleans.Hosting.Dashboard.Doors;

namespace LstmOrleans.Hosting.Dashboard;

/// <summary>Settings of the dashboard. Configuration section <c>Lstm:Dashboard</c>.</summary>
/// <remarks>docs/dashboard.md says which combination does what.</remarks>
public sealed class LstmDashboardOptions
{
    /// <summary>Whether this process serves pages and API. Health endpoints are served anyway.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The key that lets people look: at least 16 characters. Demanded on every address once it is set.</summary>
    public string? ReadKey { get; set; }

    /// <summary>The key that lets people look and act (reset, fork, batches): at least 16 characters, another one than <see cref="ReadKey"/>.</summary>
    public string? AdminKey { get; set; }

    /// <summary>What is allowed without a key. Not set: everything where no key is set and only loopback is listened on, else nothing.</summary>
    public DashboardAccess? AnonymousAccess { get; set; }

    /// <summary>Names by which browsers reach this process, beside localhost and its addresses: needed where no key is demanded and a proxy passes its own name on.</summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>Whether Orleans' own dashboard is mounted at <c>/orleans</c>.</summary>
    public bool Orleans { get; set; } = true;

    /// <summary>Whether it also profiles calls and reads all counters, which costs every call of every grain (docs/dashboard.md).</summary>
    public bool OrleansProfile { get; set; }
}
