using System.Globalization;
using System.Text;
using System.Text.Json;
using LstmOrleans.Forecasting;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Recording;

namespace LstmOrleans.Demo.Tests.Demo;

/// <summary>A small recording and a random model in a folder that is gone after the test. The same seed writes the same files.</summary>
public sealed class DemoFolder : IDisposable
{
    public const int Streams = 6;
    public const int Rows = 400;

    private const int Seed = 20261123;

    public DemoFolder()
    {
        Root = Directory.CreateTempSubdirectory("lstm-demo-test-").FullName;
        Recording = Directory.CreateDirectory(Path.Combine(Root, "recording")).FullName;
        Model = Directory.CreateDirectory(Path.Combine(Root, "model")).FullName;
        var random = new Random(Seed);
        WriteRecording(random);
        WriteModel(random);
    }

    public string Root { get; }

    public string Recording { get; }

    public string Model { get; }

    public string Data(string name) => Path.Combine(Root, name);

    /// <summary>Arguments of a run of this recording and model.</summary>
    public string[] Arguments(string data, params string[] others) => ["--recording", Recording, "--model", Model, "--data", Data(data), .. others];

    public void Dispose() => Directory.Delete(Root, recursive: true);

    // Two faults of two kinds; each shakes two streams.
    private void WriteRecording(Random random)
    {
        var start = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
        (string Kind, int From, int To)[] faults = [("cpu-hog", 150, 170), ("memory-leak", 310, 340)];
        var names = Enumerable.Range(0, Streams).Select(stream => $"metric_{stream}").ToArray();
        var text = new StringBuilder("row,timestamp," + string.Join(',', names) + "\n");
        for (int row = 1; row <= Rows; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row},{Time(row)}");
            for (int stream = 0; stream < Streams; stream++)
            {
                double value = 50 + 10 * Math.Sin((row + 20 * stream) / 9.0) + random.NextDouble();
                if (faults.Where((fault, place) => fault.From <= row && row <= fault.To && stream % 3 == place).Any())
                    value += 80;
                // One cell that could not be read.
                text.Append(CultureInfo.InvariantCulture, $",{(row == 33 && stream == 2 ? "" : value.ToString("F3", CultureInfo.InvariantCulture))}");
            }

            text.Append('\n');
        }

        File.WriteAllText(Path.Combine(Recording, "metrics.csv"), text.ToString());
        File.WriteAllLines(Path.Combine(Recording, "labels.csv"),
        [
            "kind,start_row,end_row,start,end,detail",
            .. faults.Select(fault => string.Create(CultureInfo.InvariantCulture, $"{fault.Kind},{fault.From},{fault.To},{Time(fault.From)},{Time(fault.To)},made up")),
        ]);
        var card = new RecordingCard
        {
            Machine = new MachineDescription("test", 2, 1024, "none", "none", "none"),
            Started = start,
            IntervalSeconds = 1,
            PlannedSeconds = Rows,
            Rows = Rows,
            Streams = names,
            PlannedFaults = [],
            Command = "none: made up by a test",
        };
        File.WriteAllText(Path.Combine(Recording, "card.json"), JsonSerializer.Serialize(card, JsonSerializerOptions.Web));

        string Time(int row) => start.AddSeconds(row).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
    }

    private void WriteModel(Random random)
    {
        const int hidden = 16;
        var shape = new LstmShape { InputSize = StreamFeatures.InputSize, HiddenSize = hidden };
        var layer = new LayerParameters(Values(4 * hidden * StreamFeatures.InputSize), Values(4 * hidden * hidden), Values(4 * hidden), Values(4 * hidden), null);
        var head = new LinearHead(Values(ForecastForm.AnswerSize * hidden), Values(ForecastForm.AnswerSize), ForecastForm.AnswerSize);
        LstmModelFile.Write(new LstmParameters(shape, [layer], Head: head), Path.Combine(Model, "forecaster.safetensors"));
        ScorerParameters.Recommended([0.9f, 0.7f, 0.5f, 0.2f]).Save(Path.Combine(Model, "scorer.json"));

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(0.5 * (random.NextDouble() - 0.5)))];
    }
}
