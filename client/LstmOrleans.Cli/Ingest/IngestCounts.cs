using System.Globalization;

namespace LstmOrleans.Cli.Ingest;

/// <summary>What one run has done so far; written by one task, read by the progress display.</summary>
internal sealed class IngestCounts
{
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private long _applied;

    /// <summary>Events whose answers this run has stored.</summary>
    public long Applied => Volatile.Read(ref _applied);

    /// <summary>The stream's position that is stored.</summary>
    public long Position { get; set; }

    public long Skipped { get; set; }

    public long Repeated { get; set; }

    /// <summary>Bytes of the input consumed.</summary>
    public long Offset { get; set; }

    /// <summary>Bytes of the input; 0 for a pipe.</summary>
    public long Length { get; set; }

    /// <summary>Whether earlier runs had consumed the whole input.</summary>
    public bool NothingNew { get; set; }

    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

    public void Add(int applied, long position)
    {
        Position = position;
        Volatile.Write(ref _applied, _applied + applied);
    }

    public string Summary()
    {
        var where = Applied == 0
            ? string.Create(CultureInfo.InvariantCulture, $"position {Position} as before")
            : string.Create(CultureInfo.InvariantCulture, $"positions {Position - Applied + 1} to {Position}");
        return string.Create(CultureInfo.InvariantCulture,
            $"applied {Applied} events ({where}), skipped {Skipped}, repeated {Repeated}, in {Elapsed.TotalSeconds:0.0} s");
    }
}
