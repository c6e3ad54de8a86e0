using System.Diagnostics;
using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary><c>lstm cluster up</c> with real processes.</summary>
public sealed class ClusterUpTests : IDisposable
{
    private const int Features = 8, Rows = 200;
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Up_SiloKilled_StreamsGoOn_ControlCStopsAllWithZero()
    {
        SkipWithoutParts();
        string data = _folder.File("cluster");
        using var up = ClusterUp.Start(data, "--silos", "2");
        var client = await up.ReadyAsync();
        (await Lstm.RunAsync("cluster", "up", "--data", data, "--no-build")).Refused(1, "Another 'lstm cluster up' runs in", data, "--data");
        (await Lstm.RunAsync(client, ["load", "--streams", "5", "--rate", "20", "--seconds", "1", "--models", Path.Combine(data, "models")])).Done();
        await IngestAsync(client, "first.csv", seed: 1);

        using (var silo = Process.GetProcessById(up.ProcessOf("silo 2")))
            silo.Kill();
        await up.PrintedAsync("ended with exit code 137");
        await IngestAsync(client, "second.csv", seed: 2);

        Assert.Contains($"\"position\": {2 * Rows},", (await Lstm.RunAsync(client, ["stream", "show", "pump-7", "--json"])).Done().Output, StringComparison.Ordinal);
        up.PressControlC();
        Assert.True(await up.ExitAsync() == 0, up.Output);
        Assert.Contains("silo 1 ended with exit code 0", up.Output, StringComparison.Ordinal);
        Assert.EndsWith("store ended", up.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.Empty(ClusterUp.ProcessesOf(data));
    }

    [Fact]
    public async Task Killed_NobodyIsLeft_AndTheNextGoesOnWithTheStreams()
    {
        SkipWithoutParts();
        string data = _folder.File("cluster");
        using (var killed = ClusterUp.Start(data, "--silos", "1"))
        {
            var client = await killed.ReadyAsync();
            (await Lstm.RunAsync(client, ["load", "--streams", "5", "--rate", "20", "--seconds", "1", "--models", Path.Combine(data, "models")])).Done();
            // lstm itself, the store's keeper, the store, the silo.
            Assert.Equal(4, ClusterUp.ProcessesOf(data).Length);
            killed.Kill();
            await killed.NobodyIsLeftAsync();
        }

        using var next = ClusterUp.Start(data, "--silos", "1");
        var again = await next.ReadyAsync();
        var streams = (await Lstm.RunAsync(again, ["stream", "list"])).Done().Output;
        Assert.Contains("load-4", streams, StringComparison.Ordinal);
        next.Signal(ClusterUp.Terminate);
        Assert.True(await next.ExitAsync() == 0, next.Output);
        Assert.Empty(ClusterUp.ProcessesOf(data));
    }

    [Fact]
    public async Task ElsewhereThanInACheckout_SaysWhatIsMissing()
    {
        string elsewhere = _folder.File("installed");
        Directory.CreateDirectory(elsewhere);
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(Lstm.Program)!))
            File.Copy(file, Path.Combine(elsewhere, Path.GetFileName(file)));
        using var program = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(elsewhere, "lstm.dll"), "cluster", "up"])
        {
            WorkingDirectory = elsewhere, RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        string error = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, program.ExitCode);
        Assert.Contains("Run it in a checkout", error, StringComparison.Ordinal);
        Assert.Contains("docs/cluster.md", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--silos is 0; it must be from 1 to 16", "--silos", "0")]
    [InlineData(2, "--port-base is 80; with 3 silos it must be from 1024 to 65526", "--port-base", "80")]
    public async Task WrongOption_IsRefused(int code, string message, params string[] options) =>
        (await Lstm.RunAsync(["cluster", "up", "--data", _folder.File("cluster"), .. options])).Refused(code, message);

    [Fact]
    public async Task PortInUse_IsRefusedBeforeAnythingStarts()
    {
        SkipWithoutParts();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        (await Lstm.RunAsync("cluster", "up", "--data", _folder.File("cluster"), "--no-build", "--silos", "1", "--port-base", $"{port}")).Refused(1, $"Port {port} is in use", $"--port-base {port}");
    }

    private static void SkipWithoutParts()
    {
        Assert.SkipWhen(!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/setsid"), "Signals are sent to a process group by Linux' numbers, and setsid (util-linux) makes the group.");
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
    }

    private async Task IngestAsync((string, string)[] client, string name, int seed)
    {
        File.WriteAllText(_folder.File(name), ServerFixture.Rows(seed, Rows, Features));
        (await Lstm.RunAsync(client, ["ingest", "--stream", "pump-7", "--model", "load", "--input", _folder.File(name), "--output", _folder.File("out.csv")])).Done();
    }
}
