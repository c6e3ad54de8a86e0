namespace LstmOrleans.Silo.Streams;

/// <summary>What the sweep asks of a stream; answered by the same activation as the producers' calls.</summary>
[Alias("lstm.IStreamUpkeep")]
internal interface IStreamUpkeep : IGrainWithStringKey
{
    /// <summary>Closes the stream if it has expired, forgets it if its tombstone is old enough; does nothing otherwise.</summary>
    [Alias("Age"), Orleans.Concurrency.AlwaysInterleave]
    Task Age();
}
