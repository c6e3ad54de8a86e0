using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using LstmOrleans.Demo.Inputs;

namespace LstmOrleans.Demo.Store;

/// <summary>What a run is a run of. A stored run goes on only with the very same inputs.</summary>
/// <param name="Streams">Hash of the streams' names and values.</param>
/// <param name="Model">Hash of the model.</param>
/// <param name="Scorer">Hash of the scorer's parameters.</param>
internal sealed record RunIdentity(string Streams, string Model, string Scorer)
{
    public static RunIdentity Of(IReadOnlyList<PlayedStream> streams, ForecasterModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var stream in streams)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{stream.Name}\n{stream.Values.Length}\n")));
            hash.AppendData(MemoryMarshal.AsBytes(stream.Values.AsSpan()));
        }

        return new RunIdentity(Convert.ToHexStringLower(hash.GetHashAndReset()), model.Hash.ToString(), model.ScorerHash);
    }

    /// <summary>A live run: its rows come as they come, so that only the streams are told apart.</summary>
    public static RunIdentity OfLive(IReadOnlyList<string> names, ForecasterModel model) => new(
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("live\n" + string.Join('\n', names)))), model.Hash.ToString(), model.ScorerHash);

    /// <summary>What differs from another run, for a person; empty if nothing does.</summary>
    public string Differences(RunIdentity other) => string.Join(" and ", new[]
    {
        Streams == other.Streams ? "" : "other streams or rows",
        Model == other.Model ? "" : "another model",
        Scorer == other.Scorer ? "" : "other scorer parameters",
    }.Where(text => text.Length > 0));
}
