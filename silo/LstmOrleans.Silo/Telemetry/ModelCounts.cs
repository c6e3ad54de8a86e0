using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>Counts by model, under a bounded number of tags: whoever imports models without end must not make time series without end.</summary>
internal sealed class ModelCounts
{
    /// <summary>Models that are told apart; all later ones of this process are <see cref="Other"/>.</summary>
    public const int Most = 100;

    /// <summary>The tag of models beyond <see cref="Most"/>.</summary>
    public const string Other = "other";

    /// <summary>Digits of the hash in a tag.</summary>
    public const int TagLength = 12;

    private readonly ConcurrentDictionary<ModelHash, ModelCount> _counts = new();
    private readonly ModelCount _others = new(Other, 0);
    private readonly Lock _adding = new();
    private int _told;

    /// <summary>The count of a model.</summary>
    public ModelCount Of(ModelHash hash, LstmModel model)
    {
        if (_counts.TryGetValue(hash, out var known))
            return known;
        lock (_adding)
        {
            if (_counts.TryGetValue(hash, out known))
                return known;
            bool isTold = _told < Most;
            var count = new ModelCount(isTold ? hash.ToString()[..TagLength] : Other, ModelCount.FlopsOf(model), isTold ? null : _others);
            if (isTold)
            {
                _told++;
                _counts[hash] = count;
            }

            // The count of another model is not kept: this process may yet see any number of them.
            return count;
        }
    }

    public IEnumerable<Measurement<long>> Read(Func<ModelCount, long> value)
    {
        foreach (var count in _counts.Values)
            yield return new(value(count), count.Tag);
        if (value(_others) is > 0 and var others)
            yield return new(others, _others.Tag);
    }
}
