using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Telemetry.Tests;

public sealed partial class DocumentTests
{
    [Fact]
    public void Document_ListsExactlyTheInstrumentsThatExist()
    {
        using var meter = new Meter(LstmMeter.Name);
        var exist = new List<string>();
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter, meter))
                    exist.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
            };
            listener.Start();
            _ = new LstmMeter(meter);
        }

        var listed = Row().Matches(File.ReadAllText(Shipped.Document)).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value}");

        Assert.Equal(exist.Order(), listed.Order());
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        ['O', ..] name when name.StartsWith("ObservableCounter", StringComparison.Ordinal) => "counter",
        ['O', ..] name when name.StartsWith("ObservableUpDownCounter", StringComparison.Ordinal) => "up-down counter",
        ['O', ..] => "gauge",
        ['H', ..] => "histogram",
        var other => other,
    };

    // | `lstm.steps` | counter | `{step}` | tags | meaning |
    [GeneratedRegex(@"^\| `(lstm\.[a-z._]+)` \| ([a-z -]+) \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
