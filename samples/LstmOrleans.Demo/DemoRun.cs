using System.Globalization;
using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Overlay;
using LstmOrleans.Demo.Playing;
using LstmOrleans.Demo.Screen;
using LstmOrleans.Demo.Store;
using LstmOrleans.Forecasting;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Demo;

/// <summary>The whole run: load, start, play, prove, tell.</summary>
internal static class DemoRun
{
    /// <summary>Below this there is nothing to find and no last third to speak of.</summary>
    public const int FewestRows = 20;

    public static async Task<int> Run(DemoOptions options)
    {
        long begun = TimeProvider.System.GetTimestamp();
        var model = ForecasterModel.Load(options.Model);
        IPlaylist playlist = options.Nab is { } nab ? NabPlaylist.Load(nab, options) : RecordingPlaylist.Load(options, model.Scorer);
        var streams = playlist.Streams;

        using var folder = DataFolder.Open(options.Data);
        folder.Clear(options.Fresh);
        using var database = DemoDatabase.Open(folder.Database);
        var stored = database.Begin(RunIdentity.Of(streams, model), [.. streams.Select(stream => stream.Name)], LstmClient.NewIncarnation);
        new ModelDirectory(folder.Models).Add(model.Parameters, ForecasterModel.Name);

        var overlay = new DemoOverlay();
        var traces = Traces(playlist, stored, model, database, overlay);
        await using var silo = await SiloInProcess.Start(options.Data, usualPorts: options.Keep, overlay);
        Console.WriteLine(playlist.Title);
        silo.TellAddress(options.Data, streams[0].Name);
        await Play(options, model, streams, stored, database, traces, silo);

        long answers = await new FullSequenceProof(silo.Client, model, database).Run(streams, stored, silo.Stopping);
        Console.WriteLine($"{streams.Count} streams, {answers} answers: step by step = full sequence, bit for bit");
        foreach (string line in playlist.Report([.. stored.Select(stream => database.ReadAlarms(stream.Id))]))
            Console.WriteLine(line);
        await Console.Out.FlushAsync();
        // Only now: who is stopped before sees the table when started again.
        database.Finish();
        double seconds = TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s in all"));
        if (!options.Keep)
            return 0;
        Console.WriteLine($"The silo serves on. Look at a stream: lstm stream show {streams[0].Name}   (Ctrl+C ends it)");
        await silo.ServeUntilStopped();
        return Environment.ExitCode;
    }

    /// <summary>What the dashboard draws beside a stream; of a run that goes on, also what was played before.</summary>
    private static StreamTrace[] Traces(IPlaylist playlist, IReadOnlyList<StoredStream> stored, ForecasterModel model, DemoDatabase database, DemoOverlay overlay)
    {
        var traces = new StreamTrace[playlist.Streams.Count];
        for (int index = 0; index < traces.Length; index++)
        {
            var stream = playlist.Streams[index];
            traces[index] = new StreamTrace(stream.Values.Length, playlist.Windows(index));
            overlay.Add(stream.Name, traces[index]);
            if (stored[index].Position == 0)
                continue;
            var answers = MemoryMarshal.Cast<byte, float>(database.ReadAnswers(stored[index].Id));
            var features = default(StreamFeatures);
            for (int row = 0; row < stored[index].Position; row++)
            {
                features = features.Next(stream.Values[row]);
                traces[index].Add(stream.Values[row], model.Scorer.Forecast.Value(0, features, answers.Slice(row * ForecastForm.AnswerSize, ForecastForm.AnswerSize)));
            }

            traces[index].Add(database.ReadAlarms(stored[index].Id));
        }

        return traces;
    }

    private static async Task Play(
        DemoOptions options, ForecasterModel model, IReadOnlyList<PlayedStream> streams, IReadOnlyList<StoredStream> stored,
        DemoDatabase database, IReadOnlyList<StreamTrace> traces, SiloInProcess silo)
    {
        long already = stored.Sum(stream => stream.Position);
        if (already > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"goes on at event {already + 1}: the streams are where the last run left them"));
        var progress = new PlayProgress(streams, stored, database.CountAlarms(Detector.Lstm));
        using var commits = new CommitQueue(database);
        var playing = AllStreams.Play(streams, stored, model, silo.Client, commits, progress, traces, options.EventsPerCall, silo.Stopping);
        await ProgressScreen.Show(progress, playing);
        var played = progress.Now();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"played {played.Events - already} events in {played.Elapsed.TotalSeconds:F1} s, {played.Rate:F0} events/s, each durable before it was answered"));
    }
}
