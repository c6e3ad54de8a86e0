using LstmOrleans.Client;
using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Overlay;
using LstmOrleans.Demo.Playing;
using LstmOrleans.Demo.Store;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Recording;

namespace LstmOrleans.Demo.Live;

/// <summary>This machine, now, until Ctrl+C: each of its metrics a stream, and the dashboard watches the computer that it runs on.</summary>
/// <remarks>
/// A row is stored before it is sent: a live source cannot be asked again. So a run that was killed finds the rows whose answers it has not stored, sends the same
/// ones again, gets the same answers, and goes on.
/// </remarks>
internal static class LiveRun
{
    /// <summary>Rows that are kept, in memory and on disk: an hour. So far back the dashboard draws.</summary>
    public const int KeptRows = 3600;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static async Task<int> Run(DemoOptions options)
    {
        var model = ForecasterModel.Load(options.Model);
        using var folder = DataFolder.Open(options.Data);
        folder.Clear(options.Fresh);
        using var sampler = new MachineSampler(ChildCommand.Current(), folder.Probe(), Interval);
        using var database = DemoDatabase.Open(folder.Database);
        string[] names = [.. sampler.Streams.Take(options.Streams ?? int.MaxValue)];
        var stored = database.Begin(RunIdentity.OfLive(names, model), names, LstmClient.NewIncarnation);
        var rows = new LiveRows(database.ReadRows(), KeptRows);
        IReadOnlyList<IStreamRows> streams = [.. names.Select((name, column) => new LiveStream(name, rows, column))];
        new ModelDirectory(folder.Models).Add(model.Parameters, ForecasterModel.Name);

        var overlay = new DemoOverlay();
        StreamTrace[] traces = [.. names.Select((name, index) => Trace(name, rows, index, stored[index], database, overlay))];
        await using var silo = await SiloInProcess.Start(options.Data, usualPorts: true, overlay);
        Console.WriteLine($"{names.Length} streams of this machine ({sampler.Machine.Processor}, {sampler.Machine.Cores} cores), a row each second, until Ctrl+C");
        silo.TellAddress(options.Data, names[0]);
        if (rows.Last > 0)
            Console.WriteLine($"goes on behind row {rows.Last}: the streams are where the last run left them");

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(silo.Stopping);
        using var commits = new CommitQueue(database);
        var progress = new LiveProgress(streams, stored, database.CountAlarms(Detector.Lstm));
        var sampling = Sample(sampler, names.Length, rows, commits, stop);
        try
        {
            await progress.Show(AllStreams.Play(streams, stored, model, silo.Client, commits, progress, traces, options.EventsPerCall, stop.Token));
        }
        catch (OperationCanceledException) when (silo.Stopping.IsCancellationRequested && Environment.ExitCode == 0)
        {
            Console.WriteLine($"Stopped behind row {progress.Rows}. Start again to go on where the streams are.");
        }
        finally
        {
            await stop.CancelAsync();
            await sampling;
        }

        return Environment.ExitCode;
    }

    /// <summary>What the dashboard draws beside a stream. Of the last run it has the values; its forecasts are gone.</summary>
    private static StreamTrace Trace(string name, LiveRows rows, int column, StoredStream stored, DemoDatabase database, DemoOverlay overlay)
    {
        var trace = new StreamTrace(KeptRows, []);
        overlay.Add(name, trace);
        long first = Math.Min(Math.Max(1, rows.First), stored.Position + 1);
        trace.BeginBehind(first - 1);
        for (long number = first; number <= stored.Position; number++)
            trace.Add(rows[number].Values[column], double.NaN);
        trace.Add(database.ReadAlarms(stored.Id));
        return trace;
    }

    /// <summary>On a thread of its own, because the machine that is measured is busy. Its failure stops the run, and is the run's.</summary>
    private static Task Sample(MachineSampler sampler, int streams, LiveRows rows, CommitQueue commits, CancellationTokenSource stop) => Task.Factory.StartNew(() =>
    {
        try
        {
            double[] last = rows.Last > 0 ? [.. rows[rows.Last].Values] : new double[streams];
            double[] values = new double[sampler.Streams.Count];
            while (sampler.Next(values, stop.Token) != null)
            {
                // A value that could not be read stays what it was; before the first one there is nothing but 0.
                double[] filled = [.. last.Select((old, column) => double.IsFinite(values[column]) ? values[column] : old)];
                var row = new LiveRow(rows.Last + 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), filled);
                commits.Store(row).GetAwaiter().GetResult();
                rows.Add(row);
                last = filled;
            }
        }
        catch
        {
            stop.Cancel();
            throw;
        }
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
