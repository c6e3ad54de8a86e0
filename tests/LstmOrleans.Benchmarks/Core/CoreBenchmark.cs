using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using LstmOrleans.Benchmarks.Core.Limits;
using LstmOrleans.Benchmarks.Core.Peers;
using LstmOrleans.Benchmarks.Core.Report;

namespace LstmOrleans.Benchmarks.Core;

/// <summary><c>core</c>: this core against the limits of the machine and against ONNX Runtime and libtorch, in turns in one run.</summary>
internal static class CoreBenchmark
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter() },
    };

    public static Command Create()
    {
        var json = new Option<FileInfo?>("--json") { Description = "Also write the figures as JSON." };
        var quick = new Option<bool>("--quick") { Description = "Short samples and few rounds: shows that it works, not how fast." };
        var filter = new Option<string?>("--filter") { Description = "Only rows whose name contains this, such as 'lone', 'B64 T100' or 'threads2'." };
        var hidden = new Option<int[]>("--hidden")
        {
            Description = "Hidden sizes; I is half of each.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => CoreRows.HiddenSizes,
        };
        var command = new Command("core", "Steps and sequences against the machine's limits, ONNX Runtime and libtorch, in one run.") { json, quick, filter, hidden };
        command.SetAction(parsed => Run(parsed.GetValue(quick) ? CoreBudget.Quick : CoreBudget.Full, parsed.GetValue(hidden)!, parsed.GetValue(filter) ?? string.Empty, parsed.GetValue(json)));
        return command;
    }

    private static void Run(CoreBudget budget, int[] hiddenSizes, string filter, FileInfo? json)
    {
        var first = new CoreRow(CoreGroup.Lone, 16);
        int lanes = new OurCore(first, new RowData(first)).Lanes;
        using var limits = new MachineLimits(lanes);
        using var libtorch = new LibtorchPeer();
        var measurement = new RowMeasurement(budget, limits, libtorch);
        measurement.SettleJit();

        CoreRow[] rows = [.. CoreRows.All(hiddenSizes).Where(row => row.Name.Contains(filter, StringComparison.OrdinalIgnoreCase) && row.Threads <= Environment.ProcessorCount)];
        List<RowResult> results = [];
        foreach (var row in rows)
        {
            Console.Error.WriteLine($"{results.Count + 1}/{rows.Length} {row.Name}");
            results.Add(measurement.Measure(row));
        }

        CliffResult[] cliffs = [.. rows.Where(row => row.Group == CoreGroup.Batch && row.Batch <= 8).Select(row => row.Hidden).Distinct().Select(measurement.MeasureCliff)];
        var report = new CoreReport(MachineText.Describe(lanes, budget, libtorch.Status), results, cliffs, lanes);
        Console.Write(report.ToMarkdown());
        if (json != null)
            File.WriteAllText(json.FullName, JsonSerializer.Serialize(report.ToJson(), Indented));
    }
}
