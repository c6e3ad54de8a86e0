using System.Globalization;
using LstmOrleans.Recording;
using LstmOrleans.Recording.Faults;

namespace LstmOrleans.Client.Tests.Recording;

/// <summary>Runs every fault as the recorder does, with tiny limits.</summary>
public sealed class FaultChildTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Kinds => [.. FaultKind.All.Select(kind => kind.Name)];

    private string Work => _directory.File("work");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Fault_Deadline_EndsByItselfAndCleansUp(string kind)
    {
        LstmProgram.SkipUnlessLinux();
        using var peer = StartPeer();
        using var fault = Start(kind, seconds: 0.5, target: peer.Id);

        Assert.Equal("begin", await ReadLineAsync(fault));
        Assert.StartsWith("end ", await ReadLineAsync(fault), StringComparison.Ordinal);
        await AssertEndedCleanAsync(fault);
        AssertNotStopped(peer);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Fault_RecorderGone_EndsAtOnceAndCleansUp(string kind)
    {
        LstmProgram.SkipUnlessLinux();
        using var peer = StartPeer();
        using var fault = Start(kind, seconds: 3_600, target: peer.Id);

        Assert.Equal("begin", await ReadLineAsync(fault));
        fault.CloseInput();

        await AssertEndedCleanAsync(fault);
        AssertNotStopped(peer);
    }

    [Fact]
    public async Task StoppedProcess_TargetIsNotTheRecordersChild_IsLeftAlone()
    {
        LstmProgram.SkipUnlessLinux();
        using var fault = Start("stopped-process", seconds: 0.5, target: Environment.ProcessId);

        Assert.Equal("begin", await ReadLineAsync(fault));
        Assert.Null(await ReadLineAsync(fault));
        Assert.True(await fault.WaitAsync(Patience));
        Assert.Equal(1, fault.ExitCode);
        Assert.False(Directory.Exists(Work));
    }

    [Fact]
    public async Task Fault_UnknownKind_IsAUsageError()
    {
        using var fault = Start("earthquake", seconds: 1, target: 0);

        Assert.Null(await ReadLineAsync(fault));
        Assert.True(await fault.WaitAsync(Patience));
        Assert.Equal(2, fault.ExitCode);
    }

    private static ChildProcess StartPeer()
    {
        var peer = ChildProcess.Start(LstmProgram.Command, ["record", "echo"]);
        // Its port: it is up.
        peer.Output.ReadLine();
        return peer;
    }

    private static async Task<string?> ReadLineAsync(ChildProcess child) =>
        await child.Output.ReadLineAsync(TestContext.Current.CancellationToken);

    private static void AssertNotStopped(ChildProcess peer)
    {
        var stat = File.ReadAllText($"/proc/{peer.Id}/stat");
        Assert.NotEqual('T', stat[stat.LastIndexOf(')') + 2]);
    }

    private ChildProcess Start(string kind, double seconds, int target) => ChildProcess.Start(LstmProgram.Command,
    [
        "record", "fault", kind, "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--size", "0.01",
        "--work", Work, "--target", target.ToString(CultureInfo.InvariantCulture),
    ]);

    private async Task AssertEndedCleanAsync(ChildProcess fault)
    {
        Assert.True(await fault.WaitAsync(Patience), "it had to be killed");
        Assert.Equal(0, fault.ExitCode);
        Assert.False(Directory.Exists(Work), "its files are still there");
    }
}
