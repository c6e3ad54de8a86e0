namespace LstmOrleans.Numerics.Tests;

/// <summary>What each <see cref="NumericsVersion"/> means in bits: the checksum of all results of the cases in LstmOrleans.NumericsChild.</summary>
/// <remarks>Stored states rely on it: a checksum may change only because the list of cases did, never because their results did.</remarks>
internal static class PinnedBits
{
    public static readonly Dictionary<int, string> ChecksumOf = new()
    {
        [1] = "8161180512371c2a3317f9581257ab7686f681ec5bff2ce9b0247bb8058fffe1",
    };
}
