using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Client.Tests.Recording;

/// <summary>Parses a literal file and looks streams up by name.</summary>
internal sealed class ReadingAssert
{
    private readonly Dictionary<string, Reading> _readings;

    public ReadingAssert(Action<string, List<Reading>> parse, string text)
    {
        var readings = new List<Reading>();
        parse(text, readings);
        _readings = readings.ToDictionary(reading => reading.Stream);
    }

    public int Count => _readings.Count;

    public void IsGauge(string stream, double value) => Assert.Equal(new Reading(stream, value), _readings[stream]);

    public void IsCounter(string stream, double value) => Assert.Equal(new Reading(stream, value, PerSecond: true), _readings[stream]);

    public void IsAbsent(string stream) => Assert.DoesNotContain(stream, _readings.Keys);
}
