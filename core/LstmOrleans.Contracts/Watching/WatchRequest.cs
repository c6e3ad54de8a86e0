namespace LstmOrleans.Contracts.Watching;

/// <summary>A look at a stream.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.WatchRequest")]
public sealed record WatchRequest
{
    /// <summary>The watch that the caller has seen; 0 = none.</summary>
    [Id(0)] public ulong Watch { get; init; }

    /// <summary>The last sequence number seen of it; steps behind it are told. Of another watch it counts for nothing.</summary>
    [Id(1)] public long Since { get; init; }

    /// <summary>The layer whose h, c and gates are wanted, from 0.</summary>
    [Id(2)] public int Layer { get; init; }

    /// <summary>The first unit that is wanted.</summary>
    [Id(3)] public int FirstUnit { get; init; }

    /// <summary>How many units are wanted, at most <see cref="WatchAnswer.MostUnits"/>; 0 = that many.</summary>
    [Id(4)] public int Units { get; init; }
}
