using System.Diagnostics;
using System.Globalization;
using LstmOrleans.StorageChild;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>
/// The order of the system's calls themselves: kill -9 does not lose what the system still has in memory, so only a trace shows that nothing is
/// acknowledged before the sync that covers it has returned.
/// </summary>
public sealed class SqliteStoreOrderTests : IDisposable
{
    private const string Strace = "strace";
    private const int Writers = 8;
    private const int Acknowledgements = 400;
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Acknowledgement_OfEveryWrite_LeavesAfterTheSyncOfItsLogReturned()
    {
        SkipWithoutStrace();
        const int Seed = 11;
        var trace = _folder.FilePath + ".trace";
        Directory.CreateDirectory(Path.GetDirectoryName(trace)!);
        var (program, arguments) = WriterChild.Command(_folder.FilePath, Seed, Writers);
        // -s: whole pieces of the log, so that the marker of a record is seen in the piece that carries it.
        using (var process = Process.Start(new ProcessStartInfo(
            Strace, ["-f", "-y", "--seccomp-bpf", "-s", "66000", "-e", "trace=fsync,fdatasync,write,sendto,pwrite64", "-e", "signal=none", "-o", trace, program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!)
        {
            for (var i = 0; i < Acknowledgements; i++)
                Assert.NotNull(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            // The child ends with its input, and strace with it.
            process.StandardInput.Close();
            await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var calls = CallTrace.Parse(File.ReadLines(trace));
        var log = _folder.FilePath + "-wal";
        var proven = Check(calls, log);
        Assert.True(proven >= Acknowledgements, $"{proven} acknowledgements were found in the trace; {Acknowledgements} were read.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{proven} acknowledgements, each after the sync of its log, in {calls.Count} calls");

        // Page by page it would be two calls for each record, and several of them wait for each sync.
        int CallsOfTheLog(params string[] names) => calls.Count(call => names.Contains(call.Name) && call.File == log);
        var (writes, syncs) = (CallsOfTheLog("pwrite64"), CallsOfTheLog("fsync", "fdatasync"));
        Assert.True(writes <= syncs * 2, $"The log was written by {writes} calls for {syncs} syncs.");

        // A log that begins anew: its header is on disk before anything is written behind it, or what is left of the old log could be taken for the new one.
        var ofTheLog = calls.Where(call => call.File == log).OrderBy(call => call.Begin).ToArray();
        var headers = Enumerable.Range(0, ofTheLog.Length).Where(i => ofTheLog[i].Name == "pwrite64" && ofTheLog[i].Content.EndsWith(", 32, 0", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(headers);
        Assert.All(headers, i =>
        {
            Assert.Contains(ofTheLog[i + 1].Name, new[] { "fsync", "fdatasync" });
            Assert.True(ofTheLog[i + 1].End < ofTheLog[i + 2].Begin);
        });

        // The check can fail: without the syncs, or with the acknowledgements moved before them, it finds it.
        Assert.ThrowsAny<Exception>(() => Check([.. calls.Where(call => call.Name is not ("fsync" or "fdatasync"))], log));
        Assert.ThrowsAny<Exception>(() => Check([.. calls.Select(call => IsAcknowledgement(call) ? call with { Begin = call.Begin - 100 } : call)], log));
    }

    /// <summary>Requires of each acknowledgement: its record went to the log, and a sync of the log that began after that returned 0 before it began.</summary>
    private static int Check(List<TracedCall> calls, string log)
    {
        var pieces = calls.Where(call => call.Name == "pwrite64" && call.File == log).ToArray();
        var syncs = calls.Where(call => call.Name is "fsync" or "fdatasync" && call.File == log && call.Result == 0).ToArray();
        var proven = 0;
        foreach (var acknowledgement in calls.Where(IsAcknowledgement))
        {
            var line = acknowledgement.Content.Split('"')[1].Replace("\\n", "", StringComparison.Ordinal).Split(' ');
            var marker = SeededRecord.Marker(int.Parse(line[0], CultureInfo.InvariantCulture), long.Parse(line[1], CultureInfo.InvariantCulture));
            var piece = pieces.FirstOrDefault(call => call.Content.Contains(marker, StringComparison.Ordinal));
            Assert.True(piece is not null, $"No write of the log carries {marker}.");
            var sync = syncs.FirstOrDefault(call => call.Begin > piece.End);
            Assert.True(sync is not null && sync.End < acknowledgement.Begin, $"'{marker}' was acknowledged in line {acknowledgement.Begin}; it was written in {piece.End}, the log synced in {sync?.End}.");
            // The sync covers the whole transaction: none of its pieces comes later. Pieces behind it belong to the next one.
            proven++;
        }

        return proven;
    }

    private static bool IsAcknowledgement(TracedCall call) =>
        call.Name is "write" or "sendto" && call.File.StartsWith("pipe:", StringComparison.Ordinal) && call.Content.StartsWith(", \"", StringComparison.Ordinal)
        && char.IsAsciiDigit(call.Content[3]) && call.Content.Contains("\\n\"", StringComparison.Ordinal);

    private static void SkipWithoutStrace()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "strace is a Linux program.");
        try
        {
            using var probe = Process.Start(new ProcessStartInfo(Strace, ["-f", "true"]) { RedirectStandardError = true })!;
            var error = probe.StandardError.ReadToEnd();
            probe.WaitForExit();
            Assert.SkipWhen(probe.ExitCode != 0, $"strace cannot trace here: {error.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Skip($"strace is not installed ({e.Message}); apt-get install strace.");
        }
    }
}
