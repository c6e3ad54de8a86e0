using LstmOrleans.Benchmarks.Core.Limits;
using LstmOrleans.Benchmarks.Core.Peers;
using LstmOrleans.Numerics;

namespace LstmOrleans.Benchmarks.Core;

/// <summary>Measures rows: limits, this core and its peers take their samples in turns, so that a neighbour disturbs all of them.</summary>
internal sealed class RowMeasurement(CoreBudget budget, MachineLimits limits, ILibtorchPeer libtorch)
{
    /// <summary>Batch sizes among which a row of a micro-batch must not get dearer.</summary>
    private const int CliffBatches = 8;

    /// <summary>Runs what is compiled later in tiers until it is.</summary>
    public void SettleJit()
    {
        CoreRow[] rows =
        [
            new(CoreGroup.Lone, 64), new(CoreGroup.Lone, 64) { Precision = WeightPrecision.BFloat16 }, new(CoreGroup.Batch, 64, 7), new(CoreGroup.Batch, 128, 64),
            new(CoreGroup.Sequence, 64, 1, 5), new(CoreGroup.Sequence, 64, 16, 5) { Directions = 2 }, new(CoreGroup.Layers, 64, 16, 5) { Layers = 2 },
            new(CoreGroup.Layers, 64, 16, 5) { Projection = 32 }, new(CoreGroup.Threads, 64, 64, 5) { Threads = 2 },
        ];
        OurCore[] cores = [.. rows.Select(row => new OurCore(row, new RowData(row)))];
        long start = Environment.TickCount64;
        while (Environment.TickCount64 - start < budget.JitSeconds * 1000)
        {
            foreach (var core in cores)
                Contestant.Time(core.Run, 20);
            // The next tier is compiled when nothing new was called for a moment.
            Thread.Sleep(20);
        }
    }

    public RowResult Measure(CoreRow row)
    {
        var data = new RowData(row);
        var expected = OurCore.Values(row, data);
        bool bfloat16 = row.Precision == WeightPrecision.BFloat16;
        using var onnx = bfloat16 ? PeerEntry.Absent("float32 only") : OnnxPeer.Enter(row, data, expected);
        using var torch = bfloat16 ? PeerEntry.Absent("float32 only") : libtorch.Enter(row, data, expected);

        var peak = limits.FmaPeak(row.Threads);
        var activations = limits.Activations(row.Threads);
        var (bytes, _) = row.Reads;
        var reading = bytes > 0 ? limits.ReadBandwidth(bytes, row.Threads) : null;
        var onePeak = row.Threads > 1 ? limits.FmaPeak(1) : null;
        var ours = Ours(row, data);
        var oneThread = row.Threads > 1 ? Ours(row with { Threads = 1 }, data) : null;
        var float32 = bfloat16 ? Ours(row with { Precision = WeightPrecision.Float32 }, data.AsFloat32()) : null;
        var empty = row.IsLoneStep && torch.Contestant != null ? libtorch.EmptyOperation() : null;

        Race([peak.Contestant, onePeak?.Contestant, reading?.Contestant, activations.Contestant, ours, oneThread, float32, onnx.Contestant, torch.Contestant, empty],
            row.Threads > 1);
        return new RowResult(row, ours.Median)
        {
            FmaPeak = peak.PerSecond,
            Activations = activations.PerSecond,
            ReadBandwidth = reading?.PerSecond,
            OneThreadFmaPeak = onePeak?.PerSecond,
            OneThreadSeconds = oneThread?.Median,
            Float32Seconds = float32?.Median,
            EmptyTorchOperation = empty?.Median,
            Onnx = new PeerTime(onnx.Contestant?.Median, onnx.Note),
            Libtorch = new PeerTime(torch.Contestant?.Median, torch.Note),
        };
    }

    /// <summary>Every batch size from 1 to 8, in turns.</summary>
    public CliffResult MeasureCliff(int hidden)
    {
        Contestant[] batches =
        [
            .. Enumerable.Range(1, CliffBatches).Select(batch => new CoreRow(CoreGroup.Batch, hidden, batch)).Select(row => Ours(row, new RowData(row))),
        ];
        Race(batches, settle: false);
        return new CliffResult(hidden, [.. batches.Select(batch => batch.Median)]);
    }

    private static Contestant Ours(CoreRow row, RowData data) => Contestant.InProcess(new OurCore(row, data).Run);

    private void Race(Contestant?[] entries, bool settle)
    {
        Contestant[] contestants = [.. entries.OfType<Contestant>()];
        foreach (var contestant in contestants)
            contestant.Calibrate(settle ? budget.ForThreads() : budget);
        GC.Collect();
        for (int round = 0; round < budget.Rounds; round++)
        {
            foreach (var contestant in contestants)
            {
                if (settle)
                    WaitUntilIdle();
                contestant.Sample();
            }
        }
    }

    /// <summary>Peers' threads go on spinning after their work, for as long as they like; the next turn needs both processors.</summary>
    private static void WaitUntilIdle()
    {
        const int MostWindows = 50;
        TimeSpan window = TimeSpan.FromMilliseconds(20), idle = window / 10;
        for (int count = 0; count < MostWindows; count++)
        {
            var before = Environment.CpuUsage.TotalTime;
            Thread.Sleep(window);
            if (Environment.CpuUsage.TotalTime - before < idle)
                return;
        }
    }
}
