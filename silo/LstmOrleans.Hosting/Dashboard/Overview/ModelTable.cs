using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>Models: what silos computed with them (known by the first digits of their hash), and the streams that have them (known by the whole of it).</summary>
internal static class ModelTable
{
    private const int MostRows = 100;

    /// <param name="silos">Those that answer.</param>
    /// <param name="counts">Streams by hash; null = not counted.</param>
    /// <param name="names">Names by hash.</param>
    public static IReadOnlyList<ModelRow> Of(IReadOnlyList<SiloWatch> silos, CatalogueCounts? counts, IReadOnlyDictionary<string, string[]> names)
    {
        Dictionary<string, (double Steps, double Flops)> rates = new(StringComparer.Ordinal);
        foreach (var model in silos.SelectMany(silo => silo.Reading!.Models))
        {
            var sum = rates.GetValueOrDefault(model.Tag);
            rates[model.Tag] = (sum.Steps + model.StepRate, sum.Flops + model.FlopRate);
        }

        string[] hashes = [.. (counts?.Open.Keys ?? []).Union(names.Keys)];
        var known = hashes.ToLookup(Tag, StringComparer.Ordinal);
        var rows = hashes.Select(hash => Row(hash, rates.GetValueOrDefault(Tag(hash))))
            .Concat(rates.Where(rate => !known.Contains(rate.Key)).Select(rate => Row(rate.Key, rate.Value)));
        return [.. rows.OrderByDescending(row => row.StepRate).ThenByDescending(row => row.Streams).ThenBy(row => row.Hash, StringComparer.Ordinal).Take(MostRows)];

        ModelRow Row(string hash, (double Steps, double Flops) rate) =>
            new(names.GetValueOrDefault(hash) ?? [], hash, counts == null || hash == ModelCounts.Other ? null : counts.Open.GetValueOrDefault(hash), rate.Steps, rate.Flops / 1e9);
    }

    private static string Tag(string hash) => hash.Length > ModelCounts.TagLength ? hash[..ModelCounts.TagLength] : hash;
}
