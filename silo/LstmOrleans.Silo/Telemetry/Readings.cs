using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>Values that others keep, read when somebody collects: for an instrument whose sources come and go.</summary>
internal sealed class Readings
{
    private ImmutableList<Source> _sources = [];

    /// <summary>Adds a source until the result is disposed.</summary>
    /// <param name="value">Read by whoever collects, on any thread.</param>
    /// <param name="tags">Of its measurements.</param>
    public IDisposable Watch(Func<long> value, params KeyValuePair<string, object?>[] tags)
    {
        var source = new Source(this, value, tags);
        ImmutableInterlocked.Update(ref _sources, sources => sources.Add(source));
        return source;
    }

    public IEnumerable<Measurement<long>> Read() => _sources.Select(source => new Measurement<long>(source.Value(), source.Tags));

    private sealed record Source(Readings Owner, Func<long> Value, KeyValuePair<string, object?>[] Tags) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref Owner._sources, sources => sources.RemoveAll(source => ReferenceEquals(source, this)));
    }
}
