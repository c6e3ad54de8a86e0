namespace LstmOrleans.Faults.Options;

/// <summary>Where the silos keep their streams.</summary>
internal enum StoreKind
{
    /// <summary>The embedded SQLite file: one silo.</summary>
    Sqlite,

    /// <summary>A Garnet server: any number of silos.</summary>
    Garnet,
}

/// <summary>What a run is asked to do. Everything random in it comes from <see cref="Seed"/>.</summary>
internal sealed record FaultRunOptions
{
    /// <summary>N: server processes.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>S: streams, each with a producer of its own.</summary>
    public int Streams { get; init; } = 200;

    /// <summary>Length of the part with faults. A run goes on until each kind of fault was met at least once.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The seed of inputs, incarnations, producers and schedule.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where the silos keep their streams.</summary>
    public StoreKind Store { get; init; } = StoreKind.Sqlite;

    /// <summary>A fault built into the silos on purpose; the run must then fail. Null = none.</summary>
    public string? Sabotage { get; init; }

    /// <summary>
    /// Silos look for a verdict on themselves every few minutes only: then nothing but the read lease keeps a silo that was declared dead from
    /// telling old positions. What <c>stale-read</c> needs to be seen for certain, and what a sound silo must pass too.
    /// </summary>
    public bool LateVerdict { get; init; }

    /// <summary>The kinds of fault to inject; empty = all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Events per second of one stream; 0 = what keeps all of them at a few thousand.</summary>
    public double Rate { get; init; }

    /// <summary>Whether a pause beyond its bar fails the run.</summary>
    public bool StrictPauses { get; init; }

    /// <summary>Lines of what goes on. Called from any thread.</summary>
    public Action<string> Log { get; init; } = Console.WriteLine;

    /// <summary>Events per second of one stream that the producers aim at.</summary>
    public double EventsPerSecond => Rate > 0 ? Rate : Math.Clamp(3_000.0 / Streams, 0.5, 40);

    /// <summary>Least acknowledged events of each stream: fewer, and the run was too tame to tell anything.</summary>
    /// <param name="elapsed">The length of the part with faults.</param>
    /// <param name="rate">Events per second of one stream before the first fault, as measured: a slow machine is not tame.</param>
    public long Floor(TimeSpan elapsed, double rate) => Math.Max(3, (long)(Math.Min(EventsPerSecond, rate) * elapsed.TotalSeconds / 8));
}
