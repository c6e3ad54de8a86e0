using System.Diagnostics;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The writes of one transaction, from when they are taken until they are told. Used again.</summary>
internal sealed class WriteGroup
{
    public List<PendingWrite> Writes { get; } = [];

    /// <summary>Its number among the transactions of this process, counted when they begin.</summary>
    public long Number { get; set; }

    /// <summary>When it began (<see cref="Stopwatch"/> ticks).</summary>
    public long Started { get; set; }

    /// <summary>Its span, if one of its writes is traced.</summary>
    public Activity? Span { get; set; }

    /// <summary>How it ended.</summary>
    public GroupOutcome Outcome { get; set; }

    /// <summary>The file's count of commits with it.</summary>
    public long Commits { get; set; }
}
