using System.Globalization;
using LstmOrleans.Client;
using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Playing;
using LstmOrleans.Demo.Screen;
using LstmOrleans.Demo.Store;
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

        await using var silo = await SiloInProcess.Start(options.Data, usualPorts: options.Keep);
        Console.WriteLine(playlist.Title);
        Console.WriteLine($"dashboard of the silo in this process: {silo.Address}; everything it keeps is in {Path.GetRelativePath(".", options.Data)}");
        await Play(options, model, streams, stored, database, silo);

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

    private static async Task Play(
        DemoOptions options, ForecasterModel model, IReadOnlyList<PlayedStream> streams, IReadOnlyList<StoredStream> stored,
        DemoDatabase database, SiloInProcess silo)
    {
        long already = stored.Sum(stream => stream.Position);
        if (already > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"goes on at event {already + 1}: the streams are where the last run left them"));
        var progress = new PlayProgress(streams, stored, database.CountAlarms(Detector.Lstm));
        var playing = AllStreams.Play(streams, stored, model, silo.Client, database, progress, options.EventsPerCall, silo.Stopping);
        await ProgressScreen.Show(progress, playing);
        var played = progress.Now();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"played {played.Events - already} events in {played.Elapsed.TotalSeconds:F1} s, {played.Rate:F0} events/s, each durable before it was answered"));
    }
}
