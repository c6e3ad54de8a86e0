namespace LstmOrleans.Silo.Streams;

/// <summary>What its silo asks of a stream; answered by the same activation as the producers' calls.</summary>
[Alias("lstm.IStreamUpkeep")]
internal interface IStreamUpkeep : IGrainWithStringKey
{
    /// <summary>Closes the stream if it has expired, forgets it if its tombstone is old enough; does nothing otherwise.</summary>
    [Alias("Age"), Orleans.Concurrency.AlwaysInterleave]
    Task Age();

    /// <summary>Begins to move the stream with its state from one silo to another (<see cref="StreamHandover"/>).</summary>
    /// <returns>False where it is not on the first, or that hands nothing over at this time.</returns>
    [Alias("HandOver"), Orleans.Concurrency.AlwaysInterleave]
    Task<bool> HandOver(SiloAddress from, SiloAddress to);
}
