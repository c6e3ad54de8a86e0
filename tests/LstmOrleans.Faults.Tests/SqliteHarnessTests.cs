using LstmOrleans.Faults.Options;

namespace LstmOrleans.Faults.Tests;

/// <summary>One server process with its embedded store.</summary>
public sealed class SqliteHarnessTests(ITestOutputHelper output) : HarnessRuns(output)
{
    [Fact]
    public async Task Run_SoundServerOnSqlite_ProvesExactlyOnce() =>
        Proves(await RunAsync(new FaultRunOptions { Streams = 40, Kinds = ["kill", "answers-lost", "disturbed", "producers-killed", "two-producers"] }));

    [Theory]
    [InlineData("ack-before-write", "kill")]
    [InlineData("no-dedupe", "answers-lost")]
    [InlineData("forget-answers", "kill")]
    [InlineData("durable-position-early", "kill")]
    public async Task Run_SabotageOnSqlite_IsSeen(string sabotage, string fault) =>
        Sees(await RunAsync(new FaultRunOptions { Streams = 40, Kinds = [fault], Sabotage = sabotage }));
}
